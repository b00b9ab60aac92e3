/** A second tree with the pairs of a first: no node, and no array of one, is in both. */
import { Inner, Leaf, link, type TreeNode } from './ordered-node.js';

/** O(n), at the speed of memory. */
export function copyTree(root: TreeNode): TreeNode {
  let last: Leaf | undefined;
  const copyOf = (node: TreeNode): TreeNode => {
    if (!node.isLeaf)
      return new Inner(node.children.map(copyOf), node.values.slice(), node.keys.slice(), node.counts.slice());
    const runs = node.runs.slice();
    for (let index = 0; index < runs.length; index++) {
      const run = runs[index]!;
      if (typeof run !== 'number') runs[index] = run.slice();
    }
    const leaf = new Leaf(node.values.slice(), runs);
    if (last !== undefined) link(last, leaf);
    last = leaf;
    return leaf;
  };
  return copyOf(root);
}
