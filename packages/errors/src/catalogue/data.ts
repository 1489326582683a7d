/** OPQ04xx: data. */
export const dataErrors = {} as const;
