// Runs the program beside the page, so that the page stays responsive. Files are read when the program asks for them.
"use strict";

/** The compiled program, from its gzipped bytes. */
async function compiled(packed) {
  const plain = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return WebAssembly.compile(await new Response(plain).arrayBuffer());
}

/** A file as the program sees it, under `name`. */
function given(name, file) {
  const reader = new FileReaderSync();
  const read = (start, end) => new Uint8Array(reader.readAsArrayBuffer(file.slice(start, end)));
  return { name, size: file.size, read };
}

/** A line of the program's standard error: how far it is, or why there is no answer. Anything else is for who looks for a fault. */
function told(line) {
  try {
    return JSON.parse(line);
  } catch {
    return line;
  }
}

onmessage = async ({ data: { packed, files, keys, since } }) => {
  const alone = files.length === 1 ? `/given/${files[0].name}` : "/given/bundle";
  const place = files.length === 1 ? "" : "bundle/";
  const all = files.map(({ name, file }) => given(place + name, file));
  const args = ["page", "check", alone, "/tmp", ...keys.flatMap((key) => ["--key", key])];
  if (since) {
    all.push(given("since", since));
    args.push("--since", "/given/since");
  }
  let answer;
  let last = "";
  const tell = {
    output: (line) => { answer = JSON.parse(line); },
    error: (line) => {
      const said = told(line);
      if (typeof said === "object") postMessage({ progress: said });
      else last = said;
    },
  };
  try {
    const code = await run(await compiled(packed), args, all, tell);
    postMessage(answer ? { answer } : { refused: last || `the program ended with ${code}` });
  } catch (error) {
    postMessage({ refused: last || String(error?.message ?? error) });
  }
};
