//! Every code, with its severity and a title. A code is never reused.
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
            /// The page that explains it: what it means, a failing example, its fix, and why.
            #[must_use]
            pub fn page(self) -> &'static str {
                match self { $(Self::$code => include_str!(concat!("codes/", stringify!($code), ".md")),)* }
            }
        }
    };
}

codes! {
    E0101 Error "expected an item or its end",
    E0102 Error "missing `=`",
    E0103 Error "missing value",
    E0104 Error "invalid value syntax",
    E0105 Error "unclosed brace",
    E0106 Error "unmatched closing brace or bracket",
    E0107 Error "unterminated string",
    E0108 Error "unterminated text block",
    E0109 Error "unknown escape sequence",
    E0110 Error "invalid variable in a string",
    E0111 Error "invalid quotation marks",
    E0112 Error "invalid name or key",
    E0113 Error "reserved word used as a name",
    E0114 Error "invalid quantity",
    E0115 Error "invalid range",
    E0116 Error "invalid label or environment",
    E0117 Error "unclosed list",
    E0118 Error "malformed text block",
    E0119 Error "missing separator",
    E0120 Error "nesting too deep",
    E0121 Error "body on a separate line",
    E0122 Error "missing quotes",
    E0123 Error "unsupported comment syntax",
    E0124 Error "block in a map",
    E0125 Error "unresolved merge conflict",
    E0201 Error "unknown block",
    E0202 Error "unknown attribute",
    E0203 Error "attribute and block confused",
    E0204 Error "duplicate declaration",
    E0205 Error "duplicate attribute, key or list item",
    E0206 Error "missing name",
    E0207 Error "invalid form of a name",
    E0208 Error "undeclared name",
    E0209 Error "unknown variable or field",
    E0210 Error "variable not available here",
    E0211 Error "reserved name",
    E0212 Error "missing environment",
    E0213 Error "cannot vary by environment",
    E0214 Error "stage added by a target",
    E0215 Error "missing project",
    E0216 Error "cyclic definition",
    E0217 Error "unknown key of a secret",
    E0218 Error "missing project setting",
    E0219 Error "no such object to patch",
    E0301 Error "wrong type",
    E0302 Error "missing required attribute or block",
    E0303 Error "invalid choice",
    E0304 Error "range not in ascending order",
    E0305 Error "value not known yet",
    E0306 Error "invalid value",
    E0307 Error "conflicting attributes",
    E0308 Error "code that cannot be allowed",
    E0309 Error "query returns a scalar",
    E0310 Error "field that a patch cannot set",
    E0401 Error "conflicting environment attributes",
    E0402 Error "wrong kind of environment",
    E0403 Error "environment does not exist at this stage",
    E0404 Error "environment never torn down",
    E0405 Error "misplaced stage",
    E0406 Error "update without a wait",
    E0407 Error "wait shorter than the update",
    E0408 Error "analysis cannot fail in time",
    E0409 Error "invalid canary steps",
    E0410 Error "environment expires too early",
    E0411 Error "dependency cycle",
    E0412 Error "no first version",
    E0413 Error "path filter excludes the code",
    E0414 Error "delivered app without a source",
    E0415 Error "nothing to do",
    E0417 Error "app not in the environment",
    E0418 Error "analysis of a missing metric",
    E0419 Error "conflicting canaries",
    E0420 Error "quota too small",
    E0421 Error "image built but not deployed",
    E0501 Error "secret outside `env`",
    E0502 Error "secret cannot exist there",
    E0503 Error "hard-coded secret",
    E0504 Error "name conflict in the cluster",
    E0505 Error "write token exposed",
    E0601 Error "invalid Kubernetes name",
    E0701 Error "invalid YAML",
    E0702 Error "unrendered template",
    E0703 Error "duplicate key",
    E0704 Error "invalid alias",
    E0705 Error "key is not a string",
    E0706 Error "not a Kubernetes object",
    E0707 Error "kind without a schema",
    E0708 Error "version not served",
    E0709 Error "unknown field",
    E0710 Error "missing required field",
    E0711 Error "wrong type of a field",
    E0712 Error "invalid choice of a field",
    E0713 Error "number out of range",
    E0714 Error "invalid string",
    E0715 Error "too many or too few items",
    E0716 Error "duplicate list item",
    E0717 Error "does not match the schema's alternatives",
    E0718 Error "invalid name or label",
    E0901 Error "file is not UTF-8",
    W0201 Warning "target override without effect",
    W0202 Warning "unnecessary `allow`",
    W0203 Warning "unused declaration",
    W0204 Warning "redundant or shadowed name",
    W0303 Warning "setting without effect",
    W0304 Warning "public metrics",
    W0305 Warning "implausible resource quantity",
    W0306 Warning "command in a single string",
    W0307 Warning "reference that is not replaced",
    W0401 Warning "migration after the update",
    W0402 Warning "weight smaller than a pod",
    W0403 Warning "changes never delivered",
    W0404 Warning "range too short for two samples",
    W0405 Warning "analysis does not select the canary",
    W0406 Warning "webhook URL shared by two clusters",
    W0501 Warning "text that looks like a secret",
}
