/** The look of the demo's own pages; they stand beside the product and share none of its styles. */
export const mailStyle = `
:root { --ground: #f4f5f7; --card: #fff; --ink: #16181d; --soft: #5a6270; --edge: #d5d9e0; --main: #1f5fd6; --warn: #fff3d6; --warnink: #6b4700 }
@media (prefers-color-scheme: dark) {
  :root { --ground: #101216; --card: #1a1d23; --ink: #eceef2; --soft: #a3abb8; --edge: #353a44; --main: #7aa7ff; --warn: #3a2e10; --warnink: #ffdf9e }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
.banner { margin: 0; padding: 8px 16px; background: var(--warn); color: var(--warnink); font-size: 14px; font-weight: 600; text-align: center }
main { max-width: 880px; margin: 0 auto; padding: 24px 16px }
h1 { margin: 0 0 8px; font-size: 24px; line-height: 1.25; overflow-wrap: anywhere }
a { color: var(--main) }
:focus-visible { outline: 3px solid var(--main); outline-offset: 2px }
.lead, dt, .mails span, .mails time { color: var(--soft) }
.empty { padding: 40px 16px; text-align: center; background: var(--card); border: 1px solid var(--edge); border-radius: 12px }
.mails { list-style: none; margin: 16px 0 0; padding: 0; background: var(--card); border: 1px solid var(--edge); border-radius: 12px; overflow: hidden }
.mails li + li { border-top: 1px solid var(--edge) }
.mails a { display: grid; grid-template-columns: 1fr auto; gap: 0 16px; padding: 12px 16px; color: inherit; text-decoration: none }
.mails a:hover strong { text-decoration: underline }
.mails strong { grid-column: 1 / -1; overflow-wrap: anywhere }
.mails span, .mails time { font-size: 14px; overflow-wrap: anywhere }
@media (max-width: 560px) { .mails a { grid-template-columns: 1fr } }
dl { display: grid; grid-template-columns: auto 1fr; gap: 4px 16px; margin: 16px 0 }
dd { margin: 0; overflow-wrap: anywhere }
nav { display: flex; gap: 4px; margin-bottom: 8px }
nav a { padding: 8px 14px; border-radius: 10px; text-decoration: none }
nav a[aria-current] { background: var(--card); border: 1px solid var(--edge); color: var(--ink); font-weight: 600 }
iframe { width: 100%; height: 75vh; background: #fff; border: 1px solid var(--edge); border-radius: 12px }
pre { margin: 0; padding: 16px; background: var(--card); border: 1px solid var(--edge); border-radius: 12px; white-space: pre-wrap; overflow-wrap: anywhere; font: 14px/1.5 ui-monospace, monospace }
`
