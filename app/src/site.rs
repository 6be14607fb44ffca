//! Where the browser's files are: the shell links them, the server knows their content-hashed names.

/// In the context of an installation that is looked at rather than worked with: it shows the design page.
#[derive(Clone, Copy, Debug)]
pub struct Showroom;

/// Absolute paths (`/assets/…`). `js` and `wasm` are absent when the site was built without the browser part: every
/// page works without it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SiteFiles {
    pub css: String,
    pub js: Option<String>,
    pub wasm: Option<String>,
}

impl SiteFiles {
    /// The module that loads the wasm and hydrates the islands, as text of an inline `<script type="module">` that
    /// carries the response's nonce. It does what Leptos' `HydrationScripts` does in islands mode, with our names.
    pub fn hydration_script(&self) -> Option<String> {
        let (js, wasm) = (self.js.as_ref()?, self.wasm.as_ref()?);
        Some(HYDRATE_ISLANDS.replace("{js}", js).replace("{wasm}", wasm))
    }
}

/// Walks the document in order; an island is hydrated before the islands inside it, because a parent hands its children
/// to them.
const HYDRATE_ISLANDS: &str = r#"const parents = [];
async function hydrateIsland(element, id, module) {
  const island = module[id];
  if (!island) { console.warn(`no island named ${id}`); return; }
  const onHydrate = parents[parents.length - 1];
  if (onHydrate) onHydrate();
  await island(element);
}
async function walk(node, module) {
  if (node.nodeType !== Node.ELEMENT_NODE) return;
  const tag = node.tagName.toLowerCase();
  if (tag === "leptos-island") await hydrateIsland(node, node.dataset.component, module);
  if (tag === "leptos-children") parents.push(node.$$on_hydrate);
  for (const child of node.children) await walk(child, module);
  if (tag === "leptos-children") parents.pop();
}
async function start() {
  const module = await import("{js}");
  await module.default({ module_or_path: "{wasm}" });
  module.hydrate();
  window.__hydrateIsland = (element, id) => hydrateIsland(element, id, module);
  await walk(document.body, module);
  document.documentElement.dataset.hydrated = "true";
}
if ("requestIdleCallback" in window) requestIdleCallback(start); else start();
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hydration_script_names_both_files() {
        let site = SiteFiles {
            css: "/assets/a.css".into(),
            js: Some("/assets/app.1234abcd.js".into()),
            wasm: Some("/assets/app.5678abcd.wasm".into()),
        };
        let script = site.hydration_script().unwrap_or_default();
        assert!(script.contains(r#"import("/assets/app.1234abcd.js")"#));
        assert!(script.contains(r#"module_or_path: "/assets/app.5678abcd.wasm""#));
    }

    #[test]
    fn without_wasm_there_is_no_script() {
        let site = SiteFiles { css: "/assets/a.css".into(), js: Some("/assets/app.js".into()), wasm: None };
        assert_eq!(site.hydration_script(), None);
    }
}
