export const handle = { plain: true }
export default function Face() {
  return (
    <main id="main">
      <h1>Face</h1>
    </main>
  )
}
