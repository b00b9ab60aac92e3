/**
 * order: renames customer to customerName
 * order: adds field cents: number
 * order: changes address from string to an object of class Address
 * order: adds field status: "open" | "shipped"
 * order: removes field price
 * order: changes the computed fields
 * order: adds range index cents
 * order: adds tag index status
 * order: adds tag index city
 *
 * Written by the generator; the values that only we know are filled in. Fields that are not named are kept.
 */
export interface OrderV1 {
  id: number;
  customer: string;
  price: number;
  address: string;
  placedAt: Date;
}

export interface OrderV2 {
  id: number;
  customerName: string;
  cents: number;
  address: {
    street: string;
    city: string;
  };
  status: 'open' | 'shipped';
  placedAt: Date;
}

/** The newer document. */
export function up(document: OrderV1): OrderV2 {
  const { customer: _1, ...kept } = document;
  // 'Main street 5, Basel': the city stands behind the last comma.
  const comma = document.address.lastIndexOf(',');
  return {
    ...kept,
    customerName: document.customer,
    // Rounded: 19.99 * 100 is 1998.9999999999998.
    cents: Math.round(document.price * 100),
    address: {
      street: document.address.slice(0, comma === -1 ? undefined : comma),
      city: comma === -1 ? 'unknown' : document.address.slice(comma + 1).trim(),
    },
    status: 'open',
  };
}

/** The older document. */
export function down(document: OrderV2): OrderV1 {
  const { customerName: _1, ...kept } = document;
  const { street, city } = document.address;
  return { ...kept, customer: document.customerName, price: document.cents / 100, address: `${street}, ${city}` };
}
