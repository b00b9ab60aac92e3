/** Packages of ours: what is imported from them means what we say, whatever its declarations look like. */
export const NUTHATCH = /^(@nuthatch\/.*|nuthatch)$/;
