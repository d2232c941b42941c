/** A buyer gives a mail address, not always a name. */
export const hello = 'Guten Tag{% if customer_name %} {{ customer_name }}{% endif %},'
