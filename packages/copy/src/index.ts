/** The public face of copying; re-exports only. */
export {};
