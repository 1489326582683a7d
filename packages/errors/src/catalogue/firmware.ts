/** OPQ07xx: firmware. */
export const firmwareErrors = {} as const;
