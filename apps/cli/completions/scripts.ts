import type { CommandShape, OptionShape } from "./command_shape.ts";

/** Makes the script of a shell. */
export type ScriptWriter = (commands: readonly CommandShape[]) => string;

/** The scripts by shell. Each serves the program `codi` and `deno task`. */
export const scripts: Readonly<Record<string, ScriptWriter>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

function bashScript(commands: readonly CommandShape[]): string {
  const valueCase = ({ name, takesFile, choices, takesList }: OptionShape) =>
    `        ${name}) COMPREPLY=(${
      takesFile ? '$(compgen -f -- "$cur")' : words(choices, "$cur", takesList)
    }); return ;;\n`;
  const cases = commands.map(({ name, words: follow, options, takesFiles }) =>
    `    ${name})
      case $prev in
${options.filter(({ takesValue }) => takesValue).map(valueCase).join("")}      esac
      if [[ $cur == -* ]]; then COMPREPLY=(${words(options.map((option) => option.name), "$cur")})
      else COMPREPLY=(${takesFiles ? '$(compgen -f -- "$cur")' : words(follow, "$cur")}); fi ;;
`
  );
  return `# Completions of codi for bash. Try them: source <(deno task -q completions bash)
_codi() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} at=1
  COMPREPLY=()
  if [[ \${COMP_WORDS[0]} == deno ]]; then
    at=2
    while [[ \${COMP_WORDS[at]} == -* && $at -lt $COMP_CWORD ]]; do at=$((at + 1)); done
    if [[ \${COMP_WORDS[1]} != task || $COMP_CWORD -lt $at ]]; then
      [[ -n $_codi_deno ]] && "$_codi_deno" "$@"
      return
    fi
  fi
  if [[ $COMP_CWORD == "$at" ]]; then
    COMPREPLY=(${words(commands.map(({ name }) => name), "$cur")})
    return
  fi
  case \${COMP_WORDS[at]} in
${cases.join("")}    *) [[ \${COMP_WORDS[0]} == deno && -n $_codi_deno ]] && "$_codi_deno" "$@" ;;
  esac
}
# What completed deno before still does, where this does not.
_codi_deno=$(complete -p deno 2>/dev/null | sed -n 's/.* -F \\([^ ]*\\).*/\\1/p')
[[ $_codi_deno == _codi ]] && _codi_deno=
complete -o filenames -F _codi codi
complete -o filenames -F _codi deno
`;
}

/** A part of a bash script that picks from some words; in a list it goes on after the last comma. */
function words(some: readonly string[], cur: string, list = false): string {
  if (some.length === 0) return "";
  const choices = `-W "${some.join(" ")}"`;
  return list
    ? `$(compgen -P "\${cur%"\${cur##*,}"}" ${choices} -- "\${cur##*,}")`
    : `$(compgen ${choices} -- "${cur}")`;
}

function zshScript(commands: readonly CommandShape[]): string {
  const described = (pairs: readonly (readonly [string, string])[]) =>
    pairs.map(([name, summary]) => zshQuoted(`${name.replaceAll(":", "\\:")}:${summary}`)).join(
      " ",
    );
  const cases = commands.map(({ name, words, options, takesFiles }) =>
    `    ${name})
      case $words[CURRENT-1] in
${
      options.filter(({ takesValue }) => takesValue).map((option) =>
        `        ${option.name}) ${
          option.takesFile
            ? "_files"
            : option.choices.length > 0
            ? `${option.takesList ? "compset -P '*,'; " : ""}compadd -- ${option.choices.join(" ")}`
            : ":"
        }; return ;;\n`
      ).join("")
    }      esac
      if [[ $words[CURRENT] == -* ]]; then
        found=(${described(options.map((option) => [option.name, option.summary]))})
        _describe option found
      else
        ${takesFiles ? "_files" : words.length === 0 ? ":" : `compadd -- ${words.join(" ")}`}
      fi ;;
`
  );
  return `#compdef codi
# Completions of codi for zsh. Try them: source <(deno task -q completions zsh)
_codi() {
  local at=2
  local -a found
  if [[ $words[1] == deno ]]; then
    at=3
    while [[ $words[at] == -* && $at -lt $CURRENT ]]; do at=$((at + 1)); done
    if [[ $words[2] != task || $CURRENT -lt $at ]]; then
      (( $+functions[_deno] )) && _deno "$@"
      return
    fi
  fi
  if (( CURRENT == at )); then
    found=(${described(commands.map(({ name, summary }) => [name, summary]))})
    _describe command found
    return
  fi
  case $words[at] in
${cases.join("")}  esac
}
compdef _codi codi deno
`;
}

function zshQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function fishScript(commands: readonly CommandShape[]): string {
  const quoted = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  const lines: string[] = [];
  for (const { name, summary } of commands) {
    lines.push(
      `complete -c codi -f -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
      `complete -c deno -f -n '_codi_task' -a ${name} -d ${quoted(summary)}`,
    );
  }
  for (const { name, words, options, takesFiles } of commands) {
    const within = `-n '__fish_seen_subcommand_from ${name}'`;
    for (const program of ["codi", "deno"]) {
      const condition = program === "codi" ? within : `-n '_codi_task ${name}'`;
      const start = `complete -c ${program} ${condition}`;
      if (!takesFiles) lines.push(`${start} -f`);
      if (words.length > 0) lines.push(`${start} -a ${quoted(words.join(" "))}`);
      for (const { name: option, summary, takesValue, takesFile, choices, takesList } of options) {
        const value = !takesValue
          ? ""
          : takesFile
          ? " -rF"
          : choices.length > 0
          ? ` -xa ${
            takesList
              ? quoted(`(__fish_complete_list , "string join \\n ${choices.join(" ")}")`)
              : quoted(choices.join(" "))
          }`
          : " -x";
        lines.push(`${start} -l ${option.slice(2)}${value} -d ${quoted(summary)}`);
      }
    }
  }
  return `# Completions of codi for fish. Try them: deno task -q completions fish | source
complete -C 'deno ' >/dev/null # what comes with fish is loaded first, or it would take the place of this
function _codi_task
  set -l words (commandline -opc)
  test "$words[2]" = task; or return 1
  set -l rest
  test (count $words) -gt 2; and set rest (string match -v -- '-*' $words[3..])
  if test (count $argv) -eq 0
    test (count $rest) -eq 0
  else
    test "$rest[1]" = $argv[1]
  end
end
${lines.join("\n")}
`;
}
