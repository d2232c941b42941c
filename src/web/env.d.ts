declare module 'virtual:enhance' {
  /** Address of the enhancement file of plain pages. */
  const href: string
  export default href
}
