/** OPQ09xx: cli. */
export const cliErrors = {} as const;
