/** Texts of the storefront. Keys begin with `store.`; plurals end in `_one` and `_other`, values stand in `{{braces}}`. */
export const storefront = {} as const
