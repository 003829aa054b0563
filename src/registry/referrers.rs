//! What refers to a digest: the referrers API page by page and, after its 404, the fallback tag
//! (distribution-spec, "Listing Referrers" and "Referrers Tag Schema").

use std::collections::BTreeSet;

use reqwest::header::{HeaderMap, LINK};
use reqwest::{Method, StatusCode};
use url::Url;

use super::address::{authority, same_origin};
use super::answer::{exchange, words};
use super::{Registries, trouble};
use crate::model::{Access, Answer, Digest, Exchange, Place, Reason, ReasonKind, Repository, Tag};

const INDEX_TYPE: &str = "application/vnd.oci.image.index.v1+json";

impl Registries {
    /// Every page of the referrers of `subject`, in their order. A 404 of the API is followed by
    /// the exchange about the fallback tag; trouble on the way is the last exchange.
    pub async fn referrers(
        &self,
        repository: &Repository,
        subject: &Digest,
        access: Access,
    ) -> Vec<Exchange> {
        let rest = format!("referrers/{subject}");
        let mut ask = match self.pull(repository, &rest, Method::GET, access, INDEX_TYPE) {
            Ok(ask) => ask,
            Err(reason) => return vec![exchange(repository, rest, access, Err(reason))],
        };
        let limits = self.transport.settings.limits;
        let (mut pages, mut seen) = (Vec::new(), BTreeSet::new());
        loop {
            let request = words(&ask.call);
            seen.insert(ask.call.url.clone());
            let heard = self.transport.ask(&ask, limits.referrers).await;
            let next = match &heard {
                Ok((heard, _)) if heard.status == StatusCode::OK => next_page(&ask.call.url, &heard.headers),
                _ => Ok(None),
            };
            let missing = matches!(&heard, Ok((heard, _)) if heard.status == StatusCode::NOT_FOUND);
            pages.push(exchange(repository, request.clone(), access, heard));
            if missing && pages.len() == 1 {
                let tag = Tag::referrers_fallback(subject);
                pages.push(self.manifest(repository, tag.as_str(), Method::GET, access).await);
            }
            let next = next.and_then(|next| match next {
                Some(_) if pages.len() >= limits.pages => Err(Reason::new(
                    ReasonKind::TooLarge,
                    format!("{repository} lists referrers on more than {} pages", limits.pages),
                )),
                Some(next) if seen.contains(&next) => Err(trouble::outside_protocol(format!(
                    "{repository} lists the same page of referrers again"
                ))),
                next => Ok(next),
            });
            match next {
                Ok(Some(next)) => ask.call.url = next,
                Ok(None) => return pages,
                Err(reason) => {
                    pages.push(failed(repository, request, access, reason));
                    return pages;
                }
            }
        }
    }
}

fn failed(repository: &Repository, request: String, access: Access, reason: Reason) -> Exchange {
    Exchange {
        place: Place::Registry(repository.clone()),
        request,
        credentials: access == Access::Credentials,
        at: super::now(),
        answer: Answer::Failed(reason),
    }
}

/// The target of `Link: <…>; rel="next"` (RFC 8288); another host is refused.
fn next_page(page: &Url, headers: &HeaderMap) -> Result<Option<Url>, Reason> {
    let links =
        headers.get_all(LINK).iter().map(|link| String::from_utf8_lossy(link.as_bytes()).into_owned());
    let Some(target) = links.flat_map(|link| next_targets(&link)).next() else { return Ok(None) };
    match page.join(&target) {
        Ok(next) if same_origin(page, &next) => Ok(Some(next)),
        _ => Err(trouble::outside_protocol(format!(
            "{} names a next page on another host: not followed",
            authority(page)
        ))),
    }
}

/// The targets with `rel=next`. A comma separates links, but may stand in a target too.
fn next_targets(links: &str) -> Vec<String> {
    let (mut found, mut rest) = (Vec::new(), links);
    while let Some((target, after)) = rest.split_once('<').and_then(|(_, rest)| rest.split_once('>')) {
        let end = after.find('<').unwrap_or(after.len());
        let (parameters, next) = after.split_at(end);
        let is_next = parameters.split([';', ',']).any(|parameter| {
            let parameter: String = parameter.chars().filter(|c| !c.is_whitespace() && *c != '"').collect();
            parameter.eq_ignore_ascii_case("rel=next")
        });
        if is_next {
            found.push(target.to_owned());
        }
        rest = next;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(link: &str) -> Result<Option<String>, Reason> {
        let page = Url::parse("https://r.example/v2/a/referrers/sha256:00").unwrap();
        let mut headers = HeaderMap::new();
        headers.append(LINK, link.parse().unwrap());
        next_page(&page, &headers).map(|next| next.map(String::from))
    }

    #[test]
    fn the_next_page_is_on_the_same_host() {
        let page = "https://r.example/v2/a/referrers/sha256:00?n=1&last=x";
        assert_eq!(next("</v2/a/referrers/sha256:00?n=1&last=x>; rel=\"next\""), Ok(Some(page.to_owned())));
        assert_eq!(next(&format!("</x>; rel=prev, <{page}>;rel=next")), Ok(Some(page.to_owned())));
        let comma = next("</x?last=a,b>; rel=\"next\", </y>; rel=last");
        assert_eq!(comma, Ok(Some("https://r.example/x?last=a,b".to_owned())));
        assert_eq!(next("</x>; rel=\"last\""), Ok(None));
        assert!(next("<https://other.example/x>; rel=\"next\"").is_err());
        assert!(next("<http://r.example/x>; rel=\"next\"").is_err());
    }
}
