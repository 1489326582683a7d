/** OPQ03xx: core. */
export const coreErrors = {} as const;
