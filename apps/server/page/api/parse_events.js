/**
 * A server-sent event.
 *
 * @typedef {{ event: string, data: string, id: string }} ServerEvent
 */

/**
 * Reads server-sent events from a stream of text, however it is cut.
 *
 * @param {AsyncIterable<string>} chunks The text.
 * @returns {AsyncGenerator<ServerEvent, void, void>} The events; comments are left out.
 */
export async function* parseEvents(chunks) {
  let rest = "";
  for await (const chunk of chunks) {
    rest += chunk;
    const blocks = rest.split(/\r?\n\r?\n/);
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const told = parseBlock(block);
      if (told !== undefined) yield told;
    }
  }
}

/**
 * @param {string} block The lines of an event.
 * @returns {ServerEvent | undefined} The event, if there is one.
 */
function parseBlock(block) {
  const data = [];
  let event = "message";
  let id = "";
  for (const line of block.split(/\r?\n/)) {
    const colon = line.indexOf(":");
    if (colon <= 0) continue;
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") data.push(value);
    else if (name === "event") event = value;
    else if (name === "id") id = value;
  }
  return data.length === 0 ? undefined : { event, data: data.join("\n"), id };
}
