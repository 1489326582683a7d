/** OPQ08xx: flasher. */
export const flasherErrors = {} as const;
