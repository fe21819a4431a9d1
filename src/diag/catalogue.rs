//! Stable codes: an enum whose names are the codes, each with a level and a title. Diagnostics and risks use it.

/// Declares the enum `Code` of a module, of lines `CODE Level "title"`.
macro_rules! catalogue {
    ($(#[$doc:meta])* level: $level:ident -> $Level:ident, $(#[$level_doc:meta])* $($code:ident $of:ident $title:literal,)*) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $title] $code,)*
        }

        impl Code {
            /// All codes, in order.
            pub const ALL: &'static [Self] = &[$(Self::$code,)*];

            /// As it is printed: the name itself.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$code => stringify!($code),)* }
            }

            /// What kind of thing it is, in a few words.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Self::$code => $title,)* }
            }

            $(#[$level_doc])*
            #[must_use]
            pub fn $level(self) -> $Level {
                match self { $(Self::$code => $Level::$of,)* }
            }
        }

        impl std::fmt::Display for Code {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub(crate) use catalogue;
