//! A QR code as a picture that stands in the page: dark squares on white, with the margin that scanners
//! need, whatever the colours around it.

use qrcode::{Color, EcLevel, QrCode};

/// Squares of white on each side.
const MARGIN: usize = 4;

/// An `svg` element with this text as a QR code; nothing when the text is too long for one.
pub fn svg(text: &str) -> String {
    let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::M) else {
        return String::new();
    };
    let width = code.width();
    let colors = code.to_colors();
    let dark = (0..width * width).filter(|at| colors[*at] == Color::Dark);
    let squares: String = dark
        .map(|at| format!("M{} {}h1v1h-1z", at % width + MARGIN, at / width + MARGIN))
        .collect();
    let side = width + 2 * MARGIN;
    format!(
        "<svg width=\"232\" height=\"232\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\" aria-hidden=\"true\">\
         <path stroke=\"none\" fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/>\
         <path stroke=\"none\" fill=\"#000\" d=\"{squares}\"/></svg>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_a_square_for_every_dark_module_and_no_text() {
        let picture = svg("otpauth://totp/x?secret=ABC");
        let code = QrCode::with_error_correction_level("otpauth://totp/x?secret=ABC", EcLevel::M);
        let dark = code.unwrap().to_colors().into_iter().filter(|c| *c == Color::Dark).count();
        assert_eq!(picture.matches("h1v1h-1z").count(), dark);
        assert!(!picture.contains("ABC"));
        assert_eq!(svg(&"x".repeat(5000)), "");
    }
}
