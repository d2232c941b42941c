/** The table of a TV login, the same in every language but for its words. */
export type LoginWords = {
  readonly taken: string
  readonly portal: string
  readonly mac: string
  readonly server: string
  readonly port: string
  readonly username: string
  readonly password: string
  readonly m3u: string
  readonly epg: string
  readonly plan: string
  readonly until: string
  readonly screens: string
  readonly setUp: string
  readonly inAccount: string
  readonly hidden: string
  readonly see: string
  readonly afterwards: string
}

export const loginBlock = (words: LoginWords): string => `
{% if requested_username and username %}
${words.taken}

{% endif %}
{% if show_login %}
| | |
|-|-|
{% if mac_address %}
| ${words.portal} | \`{{ portal_url }}\` |
| ${words.mac} | \`{{ mac_address }}\` |
{% endif %}
{% if username %}
| ${words.server} | \`{{ server }}\` |
{% if port %}
| ${words.port} | \`{{ port }}\` |
{% endif %}
| ${words.username} | \`{{ username }}\` |
| ${words.password} | \`{{ password }}\` |
{% if m3u_url %}
| ${words.m3u} | \`{{ m3u_url }}\` |
{% endif %}
{% if epg_url %}
| ${words.epg} | \`{{ epg_url }}\` |
{% endif %}
{% if portal_url and mac_address == null %}
| ${words.portal} | \`{{ portal_url }}\` |
{% endif %}
{% endif %}
| ${words.plan} | {{ plan_name }} |
| ${words.until} | {{ ends_on }} |
| ${words.screens} | {{ connections }} |

[${words.setUp}]({{ guide_url }} "button")

${words.inAccount}
{% else %}
${words.hidden}

[${words.see}]({{ account_url }} "button")

${words.afterwards}
{% endif %}
`
