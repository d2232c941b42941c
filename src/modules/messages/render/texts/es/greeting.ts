/** A buyer gives a mail address, not always a name. */
export const hello = 'Hola{% if customer_name %} {{ customer_name }}{% endif %},'
