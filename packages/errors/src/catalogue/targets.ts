/** OPQ05xx: targets. */
export const targetsErrors = {} as const;
