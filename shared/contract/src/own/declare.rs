//! What an entry of the list becomes.

/// Declares routes: `Name { key: "…", function: "…", two_way: true },` each.
macro_rules! own_routes {
    (
        $( $(#[$doc:meta])* $name:ident { key: $key:literal, function: $function:literal, two_way: $two_way:literal }, )*
    ) => {
        /// A route of one's own, and the function behind it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum OwnRoute {
            $(
                #[doc = concat!("The route `", $key, "`.")]
                $(#[$doc])*
                $name,
            )*
        }

        impl OwnRoute {
            /// Every one of them.
            pub const ALL: &'static [Self] = &[$( Self::$name ),*];

            /// The route key, which is also the `action` of its frames and the `type` of its replies.
            #[must_use]
            pub const fn key(self) -> &'static str {
                match self { $( Self::$name => $key, )* }
            }

            /// The short name of its function: in resource names, the build manifest and logs.
            #[must_use]
            pub const fn function(self) -> &'static str {
                match self { $( Self::$name => $function, )* }
            }

            /// The cargo package, and the binary in it, that its function is built from.
            #[must_use]
            pub const fn package(self) -> &'static str {
                match self { $( Self::$name => concat!("tidegate-", $function), )* }
            }

            /// Whether its reply goes back through the socket.
            #[must_use]
            pub const fn is_two_way(self) -> bool {
                match self { $( Self::$name => $two_way, )* }
            }
        }
    };
}

pub(crate) use own_routes;

#[cfg(test)]
mod tests {
    #![expect(unreachable_pub, reason = "what the contract declares is public")]

    own_routes! {
        /// Says it louder.
        Shout { key: "shout", function: "shouting", two_way: true },
        Log { key: "log", function: "log", two_way: false },
    }

    #[test]
    fn an_entry_is_all_that_is_said_of_a_route() {
        let [shout, log] = OwnRoute::ALL else {
            panic!("{:?}", OwnRoute::ALL)
        };
        assert_eq!((shout.key(), shout.function()), ("shout", "shouting"));
        assert_eq!(shout.package(), "tidegate-shouting");
        assert!(shout.is_two_way() && !log.is_two_way());
    }
}
