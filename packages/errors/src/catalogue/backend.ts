/** OPQ06xx: backend. */
export const backendErrors = {} as const;
