//! The cards. Self-contained: no script, no image, no file.

use super::PERSONAS;

const STYLE: &str = "
:root{color-scheme:light dark;--bg:#f4f6f8;--card:#fff;--text:#17202a;--muted:#56636f;--line:#d5dce3;--accent:#0b5cad}
@media(prefers-color-scheme:dark){:root{--bg:#11161b;--card:#1a2128;--text:#e8edf2;--muted:#a3b0bc;--line:#36424d;
--accent:#7cb8f5}}
*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--text);
font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}
main{max-width:46rem;margin:0 auto;padding:3rem 1rem}
h1{font-size:24px;line-height:1.3;margin:0 0 .25rem}p{margin:0 0 1.5rem;color:var(--muted)}
ul{list-style:none;margin:0;padding:0;display:grid;gap:.75rem;grid-template-columns:repeat(auto-fill,minmax(20rem,1fr))}
@media(max-width:24rem){ul{grid-template-columns:1fr}}
a.card{display:grid;grid-template-columns:3rem 1fr;column-gap:.875rem;align-items:center;padding:1rem;
background:var(--card);border:1px solid var(--line);border-radius:8px;color:inherit;text-decoration:none}
a.card:hover{border-color:var(--accent)}a:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.face{grid-row:span 2;width:3rem;height:3rem;border-radius:50%;display:grid;place-items:center;font-weight:600;
border:2px solid var(--accent);color:var(--accent)}
.who{font-weight:600}.does{color:var(--muted);font-size:14px}
.tag{font-weight:400;font-size:13px;border:1px solid var(--line);border-radius:99px;padding:.05rem .5rem;
margin-left:.35rem;color:var(--muted);white-space:nowrap}";

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn document(title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title}</title><style>{STYLE}</style></head><body><main>{body}</main></body></html>"
    )
}

/// One card per person. `query` is the authorization request, handed on as it came.
pub(super) fn personas(query: &str, is_again: bool) -> String {
    let (title, lead) = if is_again {
        (
            "Confirm who you are",
            "What you are about to do needs a fresh login. In the demo a click is enough; a real login service would \
             ask for your password or key again.",
        )
    } else {
        ("Who are you today?", "The demo's own login service: five people, no passwords. Choose one and look around.")
    };
    let query = escape(query);
    let cards: Vec<String> = PERSONAS
        .iter()
        .map(|persona| {
            let initials: String =
                persona.name.split([' ', '-']).take(2).filter_map(|part| part.chars().next()).collect();
            format!(
                "<li><a class=\"card\" href=\"/authorize/as/{id}?{query}\">\
                 <span class=\"face\" aria-hidden=\"true\">{initials}</span>\
                 <span class=\"who\">{name} <span class=\"tag\">{title}</span></span>\
                 <span class=\"does\">{does}</span></a></li>",
                id = persona.id,
                name = escape(persona.name),
                title = escape(persona.title),
                does = escape(persona.does),
            )
        })
        .collect();
    document(title, &format!("<h1>{title}</h1><p>{lead}</p><ul>{}</ul>", cards.concat()))
}

pub(super) fn refusal(message: &str) -> String {
    let message = escape(message);
    document("Demo login", &format!("<h1>Demo login</h1><p>{message}</p>"))
}
