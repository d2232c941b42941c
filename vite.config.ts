import { reactRouter } from '@react-router/dev/vite'
import tailwindcss from '@tailwindcss/vite'
import { defineConfig } from 'vite'
import { enhanceFile } from './src/web/build/enhance-file.ts'
import { roomsStayOutside } from './src/web/build/rooms-stay-outside.ts'

export default defineConfig({
  plugins: [tailwindcss(), roomsStayOutside(), enhanceFile(), reactRouter()],
  // One file that re-exports 1,700 icons: bundled, the server loads only those in use.
  ssr: { noExternal: ['lucide-react'] },
  build: { target: 'es2022', assetsInlineLimit: 0, reportCompressedSize: false },
})
