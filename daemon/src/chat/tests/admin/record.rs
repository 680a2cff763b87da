//! What is on record, and what is not.

use crate::chat::tests::check;

#[test]
fn what_matters_is_on_record_with_who_did_it_and_reading_it_is_too() {
    check(
        "
        ann register
        ann claim first
        bob register
        bob logout
        ann suspend bob
        machine reload
        hush
        ann audit
        ann audit 2 4
        ",
        "
        ann < audit 8 - config.reloaded [] ok; 7 ann user.suspended [bob] ok; \
         6 bob logout [] ok; 5 bob login [bob] ok; 4 bob account.added [bob] ok; \
         3 ann server_role.set [ann: admin] ok; 2 ann login [ann] ok; 1 ann account.added [ann] ok
        ann < audit 3 ann server_role.set [ann: admin] ok; 2 ann login [ann] ok ...
        ",
    );
}

#[test]
fn a_flood_of_wrong_passwords_is_few_entries() {
    check(
        "
        ann register
        ann claim first
        ann/2 login wrong
        ann/3 login wrong
        ann/4 login wrong
        zoe login wrong
        hush
        ann audit 2
        +30s
        ann beat
        +30s
        hush
        ann audit 3
        ann/2 login wrong
        ann audit 1
        ",
        "
        ann < audit 6 - login.failed [3 more] BAD_CREDENTIALS; 5 ann audit.read [] ok; \
         4 - login.failed [ann] BAD_CREDENTIALS ...
        ann/2 < denied: BAD_CREDENTIALS
        ann < audit 8 - login.failed [ann] BAD_CREDENTIALS ...
        ",
    );
}
