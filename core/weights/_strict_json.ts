/** A parsed JSON value, objects as maps so that no key is special. */
export type StrictJson = string | number | boolean | null | StrictJson[] | Map<string, StrictJson>;

/** A safetensors header nests three deep; anything deeper is refused before it can use up the stack. */
const deepest = 4;

/**
 * Parses JSON more strictly than `JSON.parse`: repeated keys, deep nesting and text that is not
 * well-formed Unicode are errors.
 */
export function parseStrictJson(text: string): StrictJson {
  let at = 0;

  const fail = (expected: string): never => {
    const found = at < text.length ? JSON.stringify(text[at]) : "the end";
    throw new SyntaxError(`expected ${expected} at character ${at}, found ${found}`);
  };
  const skipSpace = () => {
    while (at < text.length && " \t\n\r".includes(text[at]!)) at++;
  };
  /** Skips white space and takes `token` if it comes next. */
  const take = (token: string): boolean => {
    skipSpace();
    if (!text.startsWith(token, at)) return false;
    at += token.length;
    return true;
  };

  const string = (): string => {
    const start = at;
    if (!take('"')) return fail("a string");
    for (;;) {
      const unit = text[at];
      if (unit === undefined) return fail('a closing "\\""');
      at++;
      if (unit === '"') break;
      if (unit === "\\") at++;
    }
    let value: unknown;
    try {
      value = JSON.parse(text.slice(start, at));
    } catch (cause) {
      throw new SyntaxError(`the string at character ${start} is not valid JSON`, { cause });
    }
    if (typeof value !== "string" || !value.isWellFormed()) {
      throw new SyntaxError(`the string at character ${start} is not well-formed Unicode`);
    }
    return value;
  };

  const number = (): number => {
    const start = at;
    while (at < text.length && "+-.0123456789eE".includes(text[at]!)) at++;
    const digits = text.slice(start, at);
    // No number in a header needs more characters; the limit keeps the pattern below cheap.
    if (digits.length <= 40 && /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(digits)) {
      return Number(digits);
    }
    at = start;
    return fail("a value");
  };

  const array = (depth: number): StrictJson[] => {
    const values: StrictJson[] = [];
    if (take("]")) return values;
    do values.push(value(depth)); while (take(","));
    if (!take("]")) return fail('"," or "]"');
    return values;
  };

  const object = (depth: number): Map<string, StrictJson> => {
    const entries = new Map<string, StrictJson>();
    if (take("}")) return entries;
    do {
      skipSpace();
      const key = string();
      if (entries.has(key)) throw new SyntaxError(`the key ${JSON.stringify(key)} appears twice`);
      if (!take(":")) return fail('":"');
      entries.set(key, value(depth));
    } while (take(","));
    if (!take("}")) return fail('"," or "}"');
    return entries;
  };

  const value = (depth: number): StrictJson => {
    if (depth > deepest) throw new SyntaxError(`nested deeper than ${deepest} at character ${at}`);
    if (take("{")) return object(depth + 1);
    if (take("[")) return array(depth + 1);
    if (take("true")) return true;
    if (take("false")) return false;
    if (take("null")) return null;
    return text[at] === '"' ? string() : number();
  };

  const result = value(0);
  skipSpace();
  if (at < text.length) fail("the end");
  return result;
}
