//! The answer to an authorization request, in whichever mode it travels.

use serde_json::json;
use url::{Url, form_urlencoded};

use super::jose;
use super::provider::Provider;
use crate::support::person::{Form, Page};

/// How an answer travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Query,
    Fragment,
    FormPost,
}

/// What a client gets.
#[derive(Clone, Debug)]
pub struct Answer {
    /// How.
    pub way: Way,
    /// Where, without what was added.
    pub to: String,
    /// The parameters in the order in which they came.
    pub params: Vec<(String, String)>,
}

impl Answer {
    /// The answer that this page brings to a client; `None` if it is for a person.
    pub fn on(page: &Page) -> Option<Self> {
        match &page.location {
            Some(_) => Self::in_url(page),
            None => Self::in_form(page),
        }
    }

    fn in_url(page: &Page) -> Option<Self> {
        let mut url = Url::parse(&page.target()?).expect("a URL");
        if is_of(page, &url) {
            return None;
        }
        let (way, encoded) = match url.fragment() {
            Some(fragment) => (Way::Fragment, fragment.to_owned()),
            None => (Way::Query, url.query()?.to_owned()),
        };
        url.set_fragment(None);
        if way == Way::Query {
            url.set_query(None);
        }
        let params = form_urlencoded::parse(encoded.as_bytes()).into_owned().collect();
        Some(Self { way, to: url.into(), params })
    }

    /// A form that needs nobody: all that is in it is hidden, and it goes to another site.
    fn in_form(page: &Page) -> Option<Self> {
        let elsewhere =
            |form: &Form| Url::parse(&form.action).is_ok_and(|action| !is_of(page, &action));
        let mut forms = page.forms().into_iter();
        let form = forms.find(|form| elsewhere(form) && !form.fields.is_empty())?;
        assert_eq!((page.status, form.method.as_str()), (200, "post"), "{page:?}");
        Some(Self { way: Way::FormPost, to: form.action, params: form.fields })
    }

    /// What is inside a signed answer (JARM); a plain one as it is. Only a token that this provider has just
    /// signed for this client is opened.
    pub async fn opened(mut self, provider: &Provider, client_id: &str) -> Self {
        if let [(name, token)] = &self.params[..]
            && name == "response"
        {
            let (_, claims) = jose::verify(token, &provider.keys().await);
            assert_eq!(
                (&claims["iss"], &claims["aud"]),
                (&json!(provider.issuer), &json!(client_id))
            );
            let lifetime = claims["exp"].as_i64().expect("exp") - provider.clock.now().0;
            assert!((1..=600).contains(&lifetime), "{claims}");
            let texts = jose::object(&claims).iter().filter(|(name, _)| *name != "aud");
            let texts =
                texts.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.into())));
            self.params = texts.collect();
        }
        self
    }

    /// The value of a parameter, which is there at most once.
    #[track_caller]
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut values = self.params.iter().filter(|(known, _)| known == name);
        let value = values.next().map(|(_, value)| value.as_str());
        assert!(values.next().is_none(), "{name} twice in {self:?}");
        value
    }

    /// The code.
    #[track_caller]
    pub fn code(&self) -> &str {
        self.get("code").unwrap_or_else(|| panic!("no code in {self:?}"))
    }

    /// The error.
    #[track_caller]
    pub fn error(&self) -> &str {
        assert_eq!(self.get("code"), None, "{self:?}");
        self.get("error").unwrap_or_else(|| panic!("no error in {self:?}"))
    }

    /// The names of all parameters, in alphabetical order.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<_> = self.params.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        names
    }
}

/// Whether the URL is of the page's own site.
fn is_of(page: &Page, url: &Url) -> bool {
    Url::parse(&page.url).is_ok_and(|page| page.origin() == url.origin())
}
