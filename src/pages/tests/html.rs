//! As much of an HTML reader as the tests of the pages need. It is stricter than a browser: what is
//! opened must be closed, attributes are quoted or bare, and `<` in a text is an error.

const VOID: [&str; 8] = ["meta", "link", "input", "img", "source", "wbr", "br", "hr"];
const RAW: [&str; 2] = ["style", "script"];

/// A page as a flat list of elements and texts, each with the elements around it.
pub struct Document {
    elements: Vec<Element>,
    texts: Vec<Text>,
}

struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    hidden: bool,
}

struct Text {
    around: Vec<usize>,
    text: String,
}

impl Document {
    pub fn parse(html: &str) -> Result<Self, String> {
        let mut document = Self { elements: Vec::new(), texts: Vec::new() };
        let mut open: Vec<usize> = Vec::new();
        let mut rest = html.strip_prefix("<!doctype html>").ok_or("no doctype")?;
        while let Some(at) = rest.find('<') {
            document.text(&open, &rest[..at]);
            let end = tag_end(&rest[at..]).ok_or("a tag does not end")? + at;
            let tag = &rest[at + 1..end];
            rest = &rest[end + 1..];
            if let Some(name) = tag.strip_prefix('/') {
                let last = open.pop().ok_or("too many ends")?;
                let opened = &document.elements[last].name;
                if opened != name {
                    return Err(format!("<{opened}> is ended by </{name}>"));
                }
                continue;
            }
            let index = document.element(&open, tag)?;
            let name = document.elements[index].name.clone();
            if RAW.contains(&name.as_str()) {
                let end = rest.find(&format!("</{name}>")).ok_or("raw text does not end")?;
                rest = &rest[end..];
            }
            if !VOID.contains(&name.as_str()) && !tag.ends_with('/') {
                open.push(index);
            }
        }
        if open.is_empty() {
            Ok(document)
        } else {
            Err(format!("{} elements are not ended", open.len()))
        }
    }

    fn text(&mut self, open: &[usize], text: &str) {
        if !text.trim().is_empty() {
            self.texts.push(Text { around: open.to_vec(), text: text.to_owned() });
        }
    }

    fn element(&mut self, open: &[usize], tag: &str) -> Result<usize, String> {
        let (name, attributes) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
        if !name.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(format!("`{name}` is no element"));
        }
        let attributes = parse_attributes(attributes.trim_end_matches('/'))?;
        let hidden = attributes.iter().any(|(name, _)| name == "hidden");
        let hidden = hidden || open.last().is_some_and(|parent| self.elements[*parent].hidden);
        self.elements.push(Element { name: name.to_owned(), attributes, hidden });
        Ok(self.elements.len() - 1)
    }

    pub fn count(&self, element: &str) -> usize {
        self.elements.iter().filter(|e| e.name == element).count()
    }

    pub fn attribute(&self, element: &str, name: &str) -> Option<&str> {
        let element = self.elements.iter().find(|e| e.name == element)?;
        element.attributes.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The text inside all elements of that name, without what is hidden.
    pub fn visible_text(&self, element: &str) -> String {
        let inside = |text: &&Text| {
            let mut around = text.around.iter().map(|at| &self.elements[*at]);
            around.clone().any(|e| e.name == element) && around.all(|e| !e.hidden)
        };
        self.texts.iter().filter(inside).map(|text| text.text.as_str()).collect()
    }

    /// Elements and the names of their attributes: what no text may change.
    pub fn shape(&self) -> Vec<String> {
        let shape = |e: &Element| {
            let names: Vec<&str> = e.attributes.iter().map(|(name, _)| name.as_str()).collect();
            format!("{} {}", e.name, names.join(" "))
        };
        self.elements.iter().map(shape).collect()
    }

    /// No inline style or handler, no attribute twice, no identifier twice, every reference leads somewhere.
    pub fn check_attributes(&self) -> Result<(), String> {
        let all = || self.elements.iter().flat_map(|e| &e.attributes);
        let ids: Vec<&str> =
            all().filter(|(name, _)| name == "id").map(|(_, value)| value.as_str()).collect();
        for element in &self.elements {
            for (i, (name, value)) in element.attributes.iter().enumerate() {
                let twice = element.attributes[..i].iter().any(|(other, _)| other == name);
                if name == "style" || name.starts_with("on") || twice {
                    return Err(format!("<{}> has {name}", element.name));
                }
                if name.starts_with("aria-")
                    && name.ends_with("by")
                    && !ids.contains(&value.as_str())
                {
                    return Err(format!("{name} leads nowhere: {value}"));
                }
            }
        }
        match ids.iter().enumerate().find(|(i, id)| ids[..*i].contains(id)) {
            Some((_, id)) => Err(format!("two elements are called {id}")),
            None => Ok(()),
        }
    }

    /// Text from outside stands in an element of its own that keeps its direction to itself.
    pub fn check_isolation(&self, hostile: &str) -> Result<(), String> {
        let turn = hostile.chars().find(|c| *c == '\u{202e}').ok_or("not hostile")?;
        for text in self.texts.iter().filter(|text| text.text.contains(turn)) {
            let parent = text.around.last().map_or("", |at| self.elements[*at].name.as_str());
            if parent != "bdi" {
                return Err(format!(
                    "a text from outside stands right in <{parent}>: {}",
                    text.text
                ));
            }
        }
        Ok(())
    }
}

/// Where the tag at the start of `text` ends, quotes considered.
fn tag_end(text: &str) -> Option<usize> {
    let mut quoted = false;
    text.bytes().position(|byte| {
        quoted ^= byte == b'"';
        byte == b'>' && !quoted
    })
}

fn parse_attributes(mut rest: &str) -> Result<Vec<(String, String)>, String> {
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return Ok(attributes);
        }
        let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        let name = &rest[..end];
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return Err(format!("`{name}` is no attribute"));
        }
        rest = &rest[end..];
        let mut value = "";
        if let Some(quoted) = rest.strip_prefix("=\"") {
            (value, rest) = quoted.split_once('"').ok_or("a value does not end")?;
        } else if rest.starts_with('=') {
            return Err(format!("the value of {name} is not quoted"));
        }
        attributes.push((name.to_owned(), value.to_owned()));
    }
}
