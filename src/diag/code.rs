//! Every code, with its severity and a name. A number is never used again for another mistake.
//!
//! E01 syntax · E02 names · E03 values · E04 order and environments · E05 delivery and security · E06 Kubernetes
//! limits · E07 manifests, as `verify` reads them · E09 files; W for warnings.

use super::Severity;
use super::catalogue::catalogue;

macro_rules! codes {
    ($($code:ident $severity:ident $title:literal,)*) => {
        catalogue! {
            /// A stable code of a diagnostic.
            level: severity -> Severity,
            /// Whether it stops the compilation.
            $($code $severity $title,)*
        }

        impl Code {
            /// The page that explains it: what it means, an example that fails, the mended one, and why.
            #[must_use]
            pub fn page(self) -> &'static str {
                match self { $(Self::$code => include_str!(concat!("codes/", stringify!($code), ".md")),)* }
            }
        }
    };
}

codes! {
    E0101 Error "text where an item, or its end, is expected",
    E0102 Error "an attribute without `=`",
    E0103 Error "an attribute without a value",
    E0104 Error "text that is no value",
    E0105 Error "a brace that is never closed",
    E0106 Error "a closing brace or bracket that closes nothing",
    E0107 Error "a string without its closing quote",
    E0108 Error "a text block without its closing quotes",
    E0109 Error "an escape that does not exist",
    E0110 Error "a variable in a text that cannot be read",
    E0111 Error "quotes of another kind",
    E0112 Error "a name or key that is none",
    E0113 Error "a reserved word as a name",
    E0114 Error "a measure that cannot be read",
    E0115 Error "a range without both ends",
    E0116 Error "a label or environment that cannot be read",
    E0117 Error "a list that is never closed",
    E0118 Error "a text block that is not laid out as one",
    E0119 Error "two items or values without a separator",
    E0120 Error "braces and brackets that are nested too deep",
    E0121 Error "a body that begins on a line of its own",
    E0122 Error "text without quotes",
    E0123 Error "a comment of another language",
    E0124 Error "a block in a map",
    E0125 Error "a conflict of a merge",
    E0201 Error "no such block",
    E0202 Error "no such attribute",
    E0203 Error "attribute and block confused",
    E0204 Error "declared twice",
    E0205 Error "given twice",
    E0206 Error "name missing",
    E0207 Error "name malformed",
    E0208 Error "name not declared",
    E0209 Error "no such variable",
    E0210 Error "variable without meaning here",
    E0211 Error "reserved name",
    E0212 Error "environment missing",
    E0213 Error "does not vary by environment",
    E0214 Error "stage added by a target",
    E0215 Error "no project",
    E0216 Error "variable defined by itself",
    E0217 Error "no such key of a secret",
    E0218 Error "project setting missing",
    E0301 Error "wrong type",
    E0302 Error "something required is missing",
    E0303 Error "no such choice",
    E0304 Error "range does not rise",
    E0305 Error "value known too late",
    E0306 Error "malformed value",
    E0307 Error "attributes exclude each other",
    E0308 Error "no code that can be allowed",
    E0309 Error "query without series",
    E0401 Error "environment contradicts itself",
    E0402 Error "wrong kind of environment",
    E0403 Error "environment not open",
    E0404 Error "environment never removed",
    E0405 Error "stage out of place",
    E0406 Error "update not waited for",
    E0407 Error "waits shorter than the canary",
    E0408 Error "analysis cannot finish",
    E0409 Error "canary steps malformed",
    E0410 Error "environment outlived",
    E0411 Error "apps in a circle",
    E0412 Error "no first version",
    E0413 Error "path that never matches",
    E0414 Error "delivered by nobody",
    E0415 Error "nothing to do",
    E0417 Error "app not in the environment",
    E0418 Error "analysis of what nobody serves",
    E0419 Error "canaries that differ",
    E0420 Error "quota too small",
    E0421 Error "built and never deployed",
    E0501 Error "secret in a text",
    E0502 Error "secret cannot be there",
    E0503 Error "secret written as a literal",
    E0504 Error "two names for one thing in the cluster",
    E0505 Error "write token exposed",
    E0601 Error "name Kubernetes refuses",
    E0701 Error "text that is no YAML",
    E0702 Error "template that is not rendered",
    E0703 Error "key given twice",
    E0704 Error "alias that leads nowhere",
    E0705 Error "key read as something else",
    E0706 Error "no object of Kubernetes",
    E0707 Error "kind without a schema",
    E0708 Error "version not served",
    E0709 Error "no such field",
    E0710 Error "required field missing",
    E0711 Error "field of another type",
    E0712 Error "no such choice of a field",
    E0713 Error "number out of range",
    E0714 Error "text of another form",
    E0715 Error "too many or too few",
    E0716 Error "item given twice",
    E0717 Error "form that the schema excludes",
    E0718 Error "name or label malformed",
    E0901 Error "a file that is no UTF-8",
    W0201 Warning "edit without effect in an environment",
    W0202 Warning "allowed, and never reported",
    W0203 Warning "declared, and never used",
    W0204 Warning "hides another of its name",
    W0303 Warning "setting without effect",
    W0304 Warning "metrics in public",
    W0305 Warning "measure that no container has",
    W0306 Warning "command in one text",
    W0401 Warning "migration after the update",
    W0402 Warning "share smaller than a pod",
    W0403 Warning "changes that nobody delivers",
    W0404 Warning "window without two readings",
    W0405 Warning "analysis of old and new together",
    W0406 Warning "one address of two clusters",
}
