//! Pages of the service: HTML whose texts are escaped, and the headers that every page has.

use worker::{Response, ResponseBuilder};

use super::answer::Refusal;

/// HTML. Markup is part of the program; every other text is escaped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Html(String);

impl Html {
    /// No markup and no text.
    #[must_use]
    pub const fn new() -> Self {
        Self(String::new())
    }

    /// Adds markup.
    #[must_use]
    pub fn markup(mut self, markup: &'static str) -> Self {
        self.0.push_str(markup);
        self
    }

    /// Adds a text, which can be within an element or within a quoted attribute.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                other => self.0.push(other),
            }
        }
        self
    }

    /// Adds other HTML.
    #[must_use]
    pub fn html(mut self, other: &Self) -> Self {
        self.0.push_str(&other.0);
        self
    }

    /// The HTML as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A page.
pub struct Page<'a> {
    /// The status.
    pub status: u16,
    /// The language, by its tag.
    pub locale: &'a str,
    /// The title.
    pub title: &'a str,
    /// Further elements of the head.
    pub head: Html,
    /// The attributes of the body; each begins with a space.
    pub attributes: Html,
    /// The content of the body.
    pub body: Html,
    /// What `Content-Security-Policy` allows besides nothing: directives that end with `; `.
    pub allowed: String,
    /// Whether the page is cut off from a page that has opened its window, also from one of the same origin. It has the
    /// opener policy that the fewest pages have: browsers connect only pages whose policies are the same (HTML
    /// standard, section "Cross-origin opener policies"), and those of apps are usually `unsafe-none` or `same-origin`.
    pub is_isolated: bool,
}

impl Page<'_> {
    /// The response. No other page can frame it, caches do not store it, and nothing is loaded.
    ///
    /// # Errors
    /// [`Refusal`] if the platform rejects a header.
    pub fn respond(self) -> Result<Response, Refusal> {
        let html = Html::new()
            .markup(r#"<!doctype html><html lang=""#)
            .text(self.locale)
            .markup(r#""><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>"#)
            .text(self.title)
            .markup("</title>")
            .html(&self.head)
            .markup("<body")
            .html(&self.attributes)
            .markup(">")
            .html(&self.body)
            .markup("</body></html>");
        let policy =
            ["default-src 'none'; ", &self.allowed, "base-uri 'none'; frame-ancestors 'none'"].concat();
        // The page's address may contain a code, which `Referrer-Policy` hides from other origins. It is not
        // `no-referrer`, because with that browsers send the page's forms with `Origin: null` (Fetch standard,
        // "append a request `Origin` header").
        let headers = [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Cache-Control", "no-store"),
            ("Content-Security-Policy", &*policy),
            ("X-Frame-Options", "DENY"),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "same-origin"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
        ];
        let mut builder = ResponseBuilder::new().with_status(self.status);
        for (name, value) in headers {
            builder = builder.with_header(name, value)?;
        }
        if self.is_isolated {
            builder = builder.with_header("Cross-Origin-Opener-Policy", "same-origin-allow-popups")?;
        }
        Ok(builder.fixed(html.0.into_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::Html;

    #[test]
    fn a_text_ends_neither_its_element_nor_its_attribute() {
        let hostile = r#"a"'><script>alert('&')</script>"#;
        assert_eq!(
            Html::new().markup("<p>").text(hostile).as_str(),
            "<p>a&quot;&#39;&gt;&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;"
        );
        let inner = Html::new().markup("<b>").text("&").markup("</b>");
        assert_eq!(Html::new().text("<").html(&inner).as_str(), "&lt;<b>&amp;</b>");
    }
}
