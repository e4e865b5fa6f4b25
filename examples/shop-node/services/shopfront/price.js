/** A price in cents as customers read it. */
export function priceTag(cents) {
  return `€ ${(cents / 100).toFixed(2)}`;
}
