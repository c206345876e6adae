/** Stands where the cursor is, so that there is always a word. */
export const mark = '\ue000';

/** A key or value as it is written. Offsets are of the text that was outlined. */
export interface Token {
  /** Without quotes; escapes of JSON and of YAML's double quotes are left as they are. */
  readonly text: string;
  readonly quote: '' | '"' | "'";
  readonly from: number;
  readonly to: number;
}

/** A place for a value: an entry of a map, an item of a list, or the root. */
export interface Slot {
  /** Absent for the root. */
  readonly owner?: OutlineMap | OutlineList;
  /** Of an entry of a map. */
  readonly key?: Token;
  /** A colon stands behind the key. */
  hasColon?: boolean;
  /** In a block list: the item stands where its dash should be. */
  readonly lacksDash?: boolean;
  value?: OutlineNode;
}

export interface OutlineMap {
  readonly kind: 'map';
  readonly style: 'block' | 'flow';
  /** Column of the newest key; of a flow map it means nothing. */
  indent: number;
  readonly slot: Slot;
  readonly entries: Slot[];
}

export interface OutlineList {
  readonly kind: 'list';
  readonly style: 'block' | 'flow';
  /** Column of the newest dash. */
  indent: number;
  readonly slot: Slot;
  readonly items: Slot[];
}

export interface OutlineScalar {
  readonly kind: 'scalar';
  readonly slot: Slot;
  readonly token: Token;
  /** It stands alone on its line, in this column, and may become the first key or item of what is still to be written. */
  readonly alone?: number;
  /** "*name" */
  readonly isAlias?: boolean;
}

export type OutlineNode = OutlineMap | OutlineList | OutlineScalar;

/** Keys and list positions from the root to a slot. */
export function pathOf(slot: Slot): (string | number)[] {
  const parts: (string | number)[] = [];
  for (let at = slot; at.owner; at = at.owner.slot) {
    parts.push(at.owner.kind === 'map' ? (at.key?.text ?? '') : at.owner.items.indexOf(at));
  }
  return parts.reverse();
}

/** The places on the way from the root to a slot, that slot last. */
export function slotsTo(slot: Slot): Slot[] {
  const slots: Slot[] = [];
  for (let at: Slot | undefined = slot; at; at = at.owner?.slot) slots.push(at);
  return slots.reverse();
}
