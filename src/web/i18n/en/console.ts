/** Texts of the console. Keys begin with `console.`; plurals end in `_one` and `_other`, values stand in `{{braces}}`. */
export const console = {} as const
