import { fill, open, shop } from "/studio/studio.js";

open(async () => {
  await shop();
  await fill("/studio/tasks");
});
