// Runs the verifier beside the page, so that the page stays alive. A message is {call, args}; the answer is {call, value}, or {call, error}.
"use strict";
let ready;
let last = Promise.resolve(); // one after the other: the page takes the answers in the order in which it has asked
self.onmessage = (event) => { last = last.then(() => handle(event)); };
const handle = async (event) => {
  const { call, args } = event.data;
  try {
    if (call === "load") {
      const unpacked = (data) => new Response(new Blob([data]).stream().pipeThrough(new DecompressionStream("gzip")));
      self.rasureCatalog = await unpacked(args[1]).text();
      const go = new Go();
      const started = new Promise((resolve) => { self.rasureReady = resolve; });
      const { instance } = await WebAssembly.instantiate(await unpacked(args[0]).arrayBuffer(), go.importObject);
      ready = started;
      go.run(instance).then(() => { last = Promise.resolve(); self.postMessage({ call: "ended" }); });
      await ready;
      self.postMessage({ call });
      return;
    }
    await ready;
    const progress = (done, all) => self.postMessage({ call: "progress", value: [done, all] });
    const value = call === "check" ? await self.rasureCheck(args[0], args[1], progress) : self.rasureCompare(args[0], args[1]);
    self.postMessage({ call, value });
  } catch (error) {
    self.postMessage({ call, error: String(error) });
  }
};
