//! The paths of the distribution specification ("Endpoints").

/// What a request's path names.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Route<'a> {
    /// `/v2/`: whether this is a registry.
    Base,
    /// The token service of Bearer authentication.
    Token,
    /// `/v2/<name>/manifests/<tag or digest>`
    Manifest { name: &'a str, reference: &'a str },
    /// `/v2/<name>/blobs/<digest>`
    Blob { name: &'a str, digest: &'a str },
    /// `/v2/<name>/blobs/uploads/`: where an upload begins.
    Uploads { name: &'a str },
    /// `/v2/<name>/blobs/uploads/<id>`: one that has begun.
    Upload { name: &'a str, id: &'a str },
    /// `/v2/<name>/tags/list`
    Tags { name: &'a str },
    /// `/v2/<name>/referrers/<digest>`
    Referrers { name: &'a str, digest: &'a str },
    /// Nothing of a registry.
    Nothing,
}

impl<'a> Route<'a> {
    /// Reads a path. Repository names may be nested, so the last marker counts.
    pub(super) fn of(path: &'a str) -> Self {
        if path == super::auth::TOKEN_PATH {
            return Self::Token;
        }
        let Some(rest) = path.strip_prefix("/v2") else { return Self::Nothing };
        let Some(rest) = rest.strip_prefix('/') else {
            return if rest.is_empty() { Self::Base } else { Self::Nothing };
        };
        if rest.is_empty() {
            return Self::Base;
        }
        let route = if let Some(name) = rest.strip_suffix("/tags/list") {
            Self::Tags { name }
        } else if let Some((name, id)) = rest.rsplit_once("/blobs/uploads/") {
            if id.is_empty() { Self::Uploads { name } } else { Self::Upload { name, id } }
        } else if let Some(name) = rest.strip_suffix("/blobs/uploads") {
            Self::Uploads { name }
        } else if let Some((name, reference)) = rest.rsplit_once("/manifests/") {
            Self::Manifest { name, reference }
        } else if let Some((name, digest)) = rest.rsplit_once("/blobs/") {
            Self::Blob { name, digest }
        } else if let Some((name, digest)) = rest.rsplit_once("/referrers/") {
            Self::Referrers { name, digest }
        } else {
            Self::Nothing
        };
        match route.name() {
            Some(name) if !valid_name(name) => Self::Nothing,
            _ => route,
        }
    }

    /// The repository that the path names.
    pub(super) fn name(&self) -> Option<&'a str> {
        match *self {
            Self::Manifest { name, .. }
            | Self::Blob { name, .. }
            | Self::Uploads { name }
            | Self::Upload { name, .. }
            | Self::Tags { name }
            | Self::Referrers { name, .. } => Some(name),
            Self::Base | Self::Token | Self::Nothing => None,
        }
    }
}

/// Distribution-spec: path components of lower-case letters and digits, with single separators between.
fn valid_name(name: &str) -> bool {
    let component = |part: &str| {
        let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        part.starts_with(letter)
            && part.ends_with(letter)
            && part.chars().all(|c| letter(c) || matches!(c, '.' | '_' | '-'))
    };
    name.len() <= 255 && name.split('/').all(component)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_names_and_every_endpoint_are_read() {
        let manifest = Route::of("/v2/acme/team/app/manifests/1.0");
        assert_eq!(manifest, Route::Manifest { name: "acme/team/app", reference: "1.0" });
        assert_eq!(Route::of("/v2/a/blobs/uploads/"), Route::Uploads { name: "a" });
        assert_eq!(Route::of("/v2/a/blobs/uploads/7"), Route::Upload { name: "a", id: "7" });
        assert_eq!(Route::of("/v2/a/tags/list"), Route::Tags { name: "a" });
        assert_eq!(Route::of("/v2/a/blobs/x"), Route::Blob { name: "a", digest: "x" });
        assert_eq!(Route::of("/v2/a/referrers/x"), Route::Referrers { name: "a", digest: "x" });
        assert_eq!(Route::of("/v2/"), Route::Base);
    }

    #[test]
    fn a_repository_may_be_called_manifests() {
        let route = Route::of("/v2/manifests/manifests/manifests/latest");
        assert_eq!(route, Route::Manifest { name: "manifests/manifests", reference: "latest" });
    }

    #[test]
    fn what_is_no_registry_path_is_nothing() {
        for path in ["/", "/v1/", "/v2x", "/v2/UPPER/tags/list", "/v2/a//b/tags/list", "/v2/../tags/list"] {
            assert_eq!(Route::of(path), Route::Nothing, "{path}");
        }
    }
}
