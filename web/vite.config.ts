import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

// Nothing from anywhere else, and no inline scripts. Only when built: the development server needs both.
const policy = [
  "default-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data: blob:",
  "style-src 'self'",
  "worker-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

const contentSecurityPolicy: Plugin = {
  name: "content-security-policy",
  apply: "build",
  transformIndexHtml: () => [
    { tag: "meta", attrs: { "http-equiv": "Content-Security-Policy", content: policy }, injectTo: "head-prepend" },
  ],
};

export default defineConfig({
  plugins: [react(), contentSecurityPolicy],
  build: {
    target: "es2022",
    manifest: true,
    chunkSizeWarningLimit: 1200,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // Not every server knows that .mjs is JavaScript, and a module worker insists on its type.
        assetFileNames: ({ names }) =>
          names[0]?.endsWith(".mjs") ? "assets/[name]-[hash].js" : "assets/[name]-[hash][extname]",
      },
    },
  },
  server: { proxy: { "/v1": { target: process.env.FIELDCAST_URL ?? "http://localhost:8080", ws: true } } },
});
