//! Before anybody has signed in.

use parlor_proto::codes::Reason;
use parlor_proto::v1::client_frame::Body;
use parlor_proto::v1::{self, SignIn};

use super::{Bad, bad, plain, x};

pub(super) fn hello() -> Vec<Bad> {
    let hello = || v1::HelloRequest { revision_min: 1, revision_max: 1, ..plain() };
    vec![
        bad(Body::Hello(v1::HelloRequest { client_name: x(65), ..hello() }), "client_name"),
        bad(Body::Hello(v1::HelloRequest { client_version: x(65), ..hello() }), "client_version"),
    ]
}

pub(super) fn requests() -> Vec<Bad> {
    let mut all = by_password();
    all.extend(by_key());
    all
}

/// Of a device whose name is too long.
fn sign_in() -> Option<SignIn> {
    Some(SignIn { device: x(65), ..plain() })
}

fn by_password() -> Vec<Bad> {
    let (user_name, password) = (String::from("eve"), String::from("seven quiet herons"));
    let short = String::from("seven");
    let register =
        v1::RegisterRequest { user_name: user_name.clone(), password: password.clone(), ..plain() };
    let login = v1::LoginRequest { user_name: user_name.clone(), ..plain() };
    let reset = v1::ResetPasswordRequest { user_name, new_password: password, ..plain() };
    let refused = |body, reason| (body, reason, "");
    let registers = Body::Register;
    let resets = Body::ResetPassword;
    vec![
        refused(
            registers(v1::RegisterRequest { user_name: x(33), ..register.clone() }),
            Reason::BadName,
        ),
        refused(
            registers(v1::RegisterRequest { password: short.clone(), ..register.clone() }),
            Reason::BadPassword,
        ),
        bad(registers(v1::RegisterRequest { invite: x(65), ..register.clone() }), "invite"),
        bad(registers(v1::RegisterRequest { sign_in: sign_in(), ..register }), "device"),
        refused(
            Body::Login(v1::LoginRequest { password: x(513), ..login.clone() }),
            Reason::BadPassword,
        ),
        bad(Body::Login(v1::LoginRequest { sign_in: sign_in(), ..login }), "device"),
        bad(resets(v1::ResetPasswordRequest { code: x(65), ..reset.clone() }), "code"),
        refused(
            resets(v1::ResetPasswordRequest { new_password: short, ..reset.clone() }),
            Reason::BadPassword,
        ),
        bad(resets(v1::ResetPasswordRequest { sign_in: sign_in(), ..reset }), "device"),
    ]
}

fn by_key() -> Vec<Bad> {
    let of = |count| vec![7; count].into();
    let device =
        v1::LoginWithDeviceRequest { user_id: 7, device_id: of(16), signature: of(64), ..plain() };
    let resume = v1::ResumeRequest { token: of(32), ..plain() };
    let by_device = Body::LoginWithDevice;
    let by_token = Body::LoginWithToken;
    vec![
        bad(Body::Resume(v1::ResumeRequest { token: of(31), ..plain() }), "token"),
        bad(Body::Resume(v1::ResumeRequest { sign_in: sign_in(), ..resume }), "device"),
        bad(
            by_device(v1::LoginWithDeviceRequest { device_id: of(17), ..device.clone() }),
            "device_id",
        ),
        bad(
            by_device(v1::LoginWithDeviceRequest { signature: of(63), ..device.clone() }),
            "signature",
        ),
        bad(by_device(v1::LoginWithDeviceRequest { sign_in: sign_in(), ..device }), "device"),
        bad(by_token(v1::LoginWithTokenRequest { api_token: x(129), ..plain() }), "api_token"),
        bad(by_token(v1::LoginWithTokenRequest { sign_in: sign_in(), ..plain() }), "device"),
    ]
}
