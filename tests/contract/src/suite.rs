//! How every store behaves, port by port.
//!
//! Each behaviour takes an empty store. [`store_suite!`](crate::store_suite) makes a test of each, with its name.

pub mod claims;
pub mod histories;
pub mod leases;
pub mod places;
pub mod rates;
pub mod revocations;
pub mod sessions;
pub mod subscriptions;
pub mod tickets;

use futures::{StreamExt, stream};

/// Lets many race, a few at a time: a store that is slow to answer so many at once would have requests made twice.
async fn a_few_at_once<F: Future>(of: impl Iterator<Item = F>) -> Vec<F::Output> {
    stream::iter(of).buffer_unordered(4).collect().await
}

/// A test of each behaviour on what `$fresh` makes: the path, from the crate on, of an `async fn(&str) -> Option<Fresh>`,
/// which is told the name of the test. Where it makes none, the test is skipped.
#[macro_export]
macro_rules! store_suite {
    ($fresh:path) => {
        $crate::store_suite! { $fresh:
            sessions {
                a_connection_is_a_session_with_the_rights_of_its_token
                a_session_that_nobody_made_is_none
                rights_without_groups_are_kept
                opening_returns_the_session_as_it_was_before
                a_connection_may_bring_a_place
                opening_with_a_newer_token_replaces_the_rights
                opening_with_an_older_token_is_refused
                rights_may_be_kept
                where_there_are_no_rights_to_keep_they_are_set
                opening_twice_changes_nothing_more
                a_session_may_have_several_connections
                a_connection_that_ended_first_is_refused_and_leaves_nothing
                only_the_connection_that_ended_is_refused
                gone_is_said_before_an_older_token
                closing_keeps_the_places_and_returns_them_every_time
                closing_leaves_others_alone
                all_sessions_of_a_user_are_found
                a_refresh_gives_the_session_newer_rights
                a_refresh_with_an_older_token_is_refused
                a_refresh_needs_a_live_connection
                connections_that_end_while_they_are_registered_are_gone
                ids_and_names_with_marks_are_kept_apart
            }
            places {
                joining_notes_a_place_and_returns_what_was_before
                joining_again_changes_nothing_and_is_never_too_many
                places_in_several_shards_are_several
                a_connection_may_join_only_so_many_channels
                the_limit_holds_however_many_come_at_once
                only_a_live_connection_can_join
                leaving_ends_the_place_and_the_presence
                who_leaves_all_has_no_places
                leaving_is_exact_and_works_after_the_end
                where_there_is_no_session_leaving_makes_none
                parting_ends_the_presence_alone
                forgotten_connections_leave_nothing_behind
                a_live_connection_is_not_forgotten_nor_those_with_it
                the_places_of_a_gone_connection_go_and_its_mark_stays
                a_live_connection_is_not_vacated
                an_item_has_only_so_much_room
                only_so_many_connections_are_forgotten_at_once
                a_forgotten_connection_could_come_again
                no_place_is_noted_after_the_end
                a_full_session_is_read_whole
            }
            rates {
                a_bucket_is_moved_from_where_it_was_seen
                a_bucket_that_somebody_else_moved_stays
                where_there_is_no_session_there_is_no_bucket
                a_bucket_outlives_a_connection
                of_many_who_take_at_once_one_moves_the_bucket
                a_users_bucket_is_moved_without_a_session
                strikes_are_counted_for_each_session_and_window
            }
            subscriptions {
                a_subscriber_is_read_as_it_was_put
                one_subscription_is_read_as_it_is_now
                subscribing_again_makes_the_row_anew
                a_subscription_that_was_made_anew_is_not_ended_with_the_one_before
                an_ended_subscription_is_gone
                a_subscription_gets_another_expiry
                where_there_is_no_subscription_none_is_made_by_an_expiry
                a_row_whose_token_has_ended_is_still_returned
                what_was_written_is_read_at_once
                a_page_goes_on_from_after_a_connection
                an_inconsistent_page_is_of_the_same_rows
                a_channel_of_several_pages_is_read_whole
                shards_and_channels_are_kept_apart
                a_channel_has_one_shard_until_it_is_cut
                shards_only_ever_become_more
                the_first_page_says_into_how_many_shards_a_channel_is_cut
            }
            histories {
                a_channel_in_which_nobody_published_is_empty
                items_are_read_as_they_were_put
                the_head_is_the_item_with_the_highest_offset
                an_item_is_put_only_where_there_is_none
                of_many_who_put_at_one_offset_one_does
                a_range_begins_beside_its_offset
                no_more_items_come_than_are_asked_for
                a_range_of_several_pages_is_read_whole
            }
            claims {
                a_key_stands_for_what_claimed_it_first
                a_claim_may_be_from_the_beginning
                keys_are_kept_apart
                a_key_is_free_again_when_its_time_is_over
                of_many_who_claim_a_key_one_does
            }
            leases {
                a_lease_falls_due_in_its_minute
                all_leases_of_a_minute_are_found
                noting_a_lease_again_changes_nothing
                a_removed_lease_does_not_fall_due
                a_page_goes_on_from_after_a_lease_that_is_removed
            }
            tickets {
                a_ticket_is_taken_once
                a_ticket_that_nobody_made_is_none
                a_ticket_that_is_no_longer_valid_is_returned_as_such
                of_many_who_take_a_ticket_one_gets_it
            }
            revocations {
                nobodys_tokens_are_refused_at_first
                the_latest_revocation_holds
                a_revocation_is_of_one_user
            }
        }
    };
    ($fresh:path: $($port:ident { $($behaviour:ident)* })*) => {$(
        mod $port {$(
            #[tokio::test]
            async fn $behaviour() {
                let name = concat!(stringify!($port), ".", stringify!($behaviour));
                if let Some(fresh) = $fresh(name).await {
                    $crate::suite::$port::$behaviour(&*fresh.store).await;
                }
            }
        )*}
    )*};
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_behaviour_is_in_the_suite() {
        let source = include_str!("suite.rs");
        let ports = [
            ("sessions", include_str!("suite/sessions.rs")),
            ("places", include_str!("suite/places.rs")),
            ("rates", include_str!("suite/rates.rs")),
            ("subscriptions", include_str!("suite/subscriptions.rs")),
            ("histories", include_str!("suite/histories.rs")),
            ("claims", include_str!("suite/claims.rs")),
            ("leases", include_str!("suite/leases.rs")),
            ("tickets", include_str!("suite/tickets.rs")),
            ("revocations", include_str!("suite/revocations.rs")),
        ];
        for (port, behaviours) in ports {
            let (_, list) = source.split_once(&format!(" {port} {{\n")).unwrap();
            let (list, _) = list.split_once('}').unwrap();
            let behaviours = behaviours.split("\npub async fn ").skip(1);
            for behaviour in behaviours.map(|rest| rest.split('(').next().unwrap()) {
                let listed = list.lines().any(|line| line.trim() == behaviour);
                assert!(listed, "{behaviour} is not in the list of {port}");
            }
        }
    }
}
