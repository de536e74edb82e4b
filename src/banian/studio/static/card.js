import { ask, fill, h, moment, open, shop } from "/studio/studio.js";

open(async () => {
  await shop();
  const model = await ask("/v1/model");
  const facts = [
    ["answering now", model.model],
    ["since", `${moment(model.loaded_at)} UTC`],
    ["knows of all until", model.store_end ? `${moment(model.store_end)} UTC` : "no table has a time"],
    ["on trial", model.candidate ?? "nothing"],
    ["before it", model.previous ?? "nothing since the service started"],
    ...Object.entries(model.refused).map(([name, why]) => [`refused: ${name}`, why]),
  ];
  document.getElementById("now").replaceChildren(
    h("h2", {}, "What answers now"),
    h("dl", {}, facts.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
  );
  await fill("/studio/card");
});
