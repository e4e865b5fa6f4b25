import assert from "node:assert/strict";
import { test } from "node:test";

import { priceTag } from "./price.js";

test("a price has two decimals", () => {
  assert.equal(priceTag(1205), "€ 12.05");
  assert.equal(priceTag(900), "€ 9.00");
});
