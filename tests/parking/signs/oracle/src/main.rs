//! Reads jobs, one a line: `width height charwidth charheight scheme font multi`, separated by tabs; answers each with one
//! line: `=` and the pixels of the first page that are not black, as `x,y,rrggbb` from 1; or `!` and what the crate says.
//! Fonts are given before the jobs by `FONT number path-of-tfon` lines, with numbers of the sign's own.
use ntcip::dms::config::{MultiCfg, SignCfg, VmsCfg};
use ntcip::dms::multi::{Color, ColorScheme, JustificationLine, JustificationPage};
use ntcip::dms::{Dms, FontTable, Pages, tfon};
use std::fmt::Write;
use std::io::{BufRead, stdin};

type Fonts = FontTable<128, 4>;
type Answer = Result<String, Box<dyn std::error::Error>>;

fn sign(job: &[&str], fonts: &Fonts) -> Result<Dms<128, 4, 0>, Box<dyn std::error::Error>> {
    let (width, height): (u16, u16) = (job[0].parse()?, job[1].parse()?);
    let scheme = match job[4] {
        "2" => ColorScheme::Monochrome8Bit,
        "3" => ColorScheme::ColorClassic,
        "4" => ColorScheme::Color24Bit,
        _ => ColorScheme::Monochrome1Bit,
    };
    Ok(Dms::<128, 4, 0>::builder()
        .with_sign_cfg(SignCfg {
            sign_width: width * 10 + 200,
            sign_height: height * 10 + 200,
            ..Default::default()
        })
        .with_vms_cfg(VmsCfg {
            sign_width_pixels: width,
            sign_height_pixels: height,
            char_width_pixels: job[2].parse()?,
            char_height_pixels: job[3].parse()?,
            horizontal_pitch: 10,
            vertical_pitch: 10,
            monochrome_color: [255, 208, 0, 0, 0, 0],
        })
        .with_font_definition(fonts.clone())
        .with_multi_cfg(MultiCfg {
            color_scheme: scheme,
            default_font: job[5].parse()?,
            default_foreground_rgb: Color::Rgb(255, 208, 0),
            default_background_rgb: Color::Rgb(0, 0, 0),
            default_justification_line: JustificationLine::Center,
            default_justification_page: JustificationPage::Middle,
            ..Default::default()
        })
        .build()?)
}

fn render(job: &[&str], fonts: &Fonts) -> Answer {
    let dms = sign(job, fonts)?;
    let mut first = None;
    for page in Pages::new(&dms, job[6]) {
        let raster = page?.raster;
        first.get_or_insert(raster);
    }
    let raster = first.ok_or("no page")?;
    let mut out = String::from("=");
    for (at, rgb) in raster.as_u8_slice().chunks(3).enumerate() {
        if rgb != [0, 0, 0] {
            let (x, y) = (
                at as u32 % raster.width() + 1,
                at as u32 / raster.width() + 1,
            );
            write!(out, "{x},{y},{:02x}{:02x}{:02x} ", rgb[0], rgb[1], rgb[2])?;
        }
    }
    Ok(out)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut fonts = Fonts::default();
    for line in stdin().lock().lines() {
        let line = line?;
        if let Some((number, path)) = line
            .strip_prefix("FONT ")
            .and_then(|rest| rest.split_once(' '))
        {
            let slot = fonts.font_mut(0).ok_or("no more fonts")?;
            *slot = tfon::parse(&std::fs::read_to_string(path)?)?;
            slot.number = number.parse()?;
            eprintln!("{number} {:04X}", slot.version_id());
            continue;
        }
        let job: Vec<&str> = line.splitn(7, '\t').collect();
        match render(&job, &fonts) {
            Ok(pixels) => println!("{}", pixels.trim_end()),
            Err(error) => println!("!{error}"),
        }
    }
    Ok(())
}
