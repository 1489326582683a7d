/** An object without some of its members. */
export const without = <T extends object, K extends keyof T>(object: T, ...keys: readonly K[]): Omit<T, K> =>
  Object.fromEntries(
    Object.entries(object).filter(([name]) => !keys.some((key) => key === name)),
  ) as unknown as Omit<T, K>;
