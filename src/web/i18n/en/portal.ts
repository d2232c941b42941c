/** Texts of the portal. Keys begin with `portal.`; plurals end in `_one` and `_other`, values stand in `{{braces}}`. */
export const portal = {} as const
