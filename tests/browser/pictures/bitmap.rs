//! Pictures as their pixels: made smaller, put side by side, and compared.

use std::io::Cursor;

/// Bytes of a pixel: red, green, blue.
const PIXEL: usize = 3;
type Pixel = [u8; PIXEL];

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bitmap {
    pub width: usize,
    pub height: usize,
    pixels: Vec<Pixel>,
}

/// Where two pictures differ.
#[derive(Debug)]
pub struct Difference {
    /// The spots that do.
    pub spots: Vec<(usize, usize)>,
    /// How much the worst of them differs, of 255.
    pub most: u8,
}

impl Bitmap {
    /// A black picture.
    pub fn new(width: usize, height: usize) -> Self {
        Self { width, height, pixels: vec![[0; PIXEL]; width * height] }
    }

    /// Reads a PNG of 8 bits a colour.
    pub fn read(png: &[u8]) -> Self {
        let mut reader = png::Decoder::new(Cursor::new(png)).read_info().expect("a PNG");
        let mut bytes = vec![0; reader.output_buffer_size().expect("a picture of this world")];
        let frame = reader.next_frame(&mut bytes).expect("a whole PNG");
        let samples = frame.color_type.samples();
        assert!(samples >= PIXEL, "a picture in colour");
        let pixels = bytes[..frame.buffer_size()].chunks_exact(samples);
        Self {
            width: frame.width as usize,
            height: frame.height as usize,
            pixels: pixels.map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect(),
        }
    }

    /// The picture as PNG.
    pub fn png(&self) -> Vec<u8> {
        let mut png = Vec::new();
        let mut encoder = png::Encoder::new(&mut png, self.width as u32, self.height as u32);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_compression(png::Compression::High);
        let mut writer = encoder.write_header().expect("a vector takes everything");
        writer.write_image_data(self.pixels.as_flattened()).expect("a vector takes everything");
        writer.finish().expect("a vector takes everything");
        png
    }

    /// The pixel there; black outside of the picture.
    fn at(&self, x: usize, y: usize) -> Pixel {
        if x < self.width && y < self.height { self.pixels[y * self.width + x] } else { [0; PIXEL] }
    }

    fn set(&mut self, x: usize, y: usize, pixel: Pixel) {
        self.pixels[y * self.width + x] = pixel;
    }

    /// The picture so many times smaller: each spot is the mean of its square, in 32 steps a colour.
    pub fn smaller(&self, times: usize) -> Self {
        let mut small = Self::new(self.width.div_ceil(times), self.height.div_ceil(times));
        for y in 0..small.height {
            for x in 0..small.width {
                let (right, below) = ((x + 1) * times, (y + 1) * times);
                let mut sum = [0; PIXEL];
                let mut count = 0;
                for row in y * times..below.min(self.height) {
                    for column in x * times..right.min(self.width) {
                        let pixel = self.at(column, row);
                        (0..PIXEL).for_each(|i| sum[i] += u32::from(pixel[i]));
                        count += 1;
                    }
                }
                small.set(x, y, sum.map(|sum| (sum / count) as u8 & 0xf8));
            }
        }
        small
    }

    /// The pictures from left to right.
    pub fn side_by_side<'a>(pictures: impl Iterator<Item = &'a Self> + Clone) -> Self {
        let height = pictures.clone().map(|picture| picture.height).max().unwrap_or(0);
        let mut row = Self::new(pictures.clone().map(|picture| picture.width).sum(), height);
        let mut left = 0;
        for picture in pictures {
            for y in 0..picture.height {
                (0..picture.width).for_each(|x| row.set(left + x, y, picture.at(x, y)));
            }
            left += picture.width;
        }
        row
    }

    /// Compares the picture with the part of a row that begins at `left`, to the row's end at the bottom.
    pub fn difference(&self, row: &Self, left: usize, tolerance: u8) -> Difference {
        let apart = |x, y| -> u8 {
            let (ours, theirs): (Pixel, Pixel) = (self.at(x, y), row.at(left + x, y));
            (0..PIXEL).map(|i| ours[i].abs_diff(theirs[i])).max().unwrap_or(0)
        };
        let all =
            (0..self.height.max(row.height)).flat_map(|y| (0..self.width).map(move |x| (x, y)));
        let differs = |&(x, y): &(usize, usize)| apart(x, y) > tolerance;
        let spots: Vec<_> = all.filter(differs).collect();
        let most = spots.iter().map(|&(x, y)| apart(x, y)).max().unwrap_or(0);
        Difference { spots, most }
    }

    /// The picture with these spots of its smaller form marked in red, and everything else pale.
    pub fn marked(&self, spots: &[(usize, usize)], times: usize) -> Self {
        let mut marked = self.clone();
        for pixel in &mut marked.pixels {
            *pixel = pixel.map(|colour| colour / 2 + 96);
        }
        for (left, top) in spots.iter().map(|&(x, y)| (x * times, y * times)) {
            for y in top..(top + times).min(self.height) {
                for x in left..(left + times).min(self.width) {
                    let [_, green, blue] = marked.at(x, y);
                    marked.set(x, y, [255, green / 2, blue / 2]);
                }
            }
        }
        marked
    }
}

#[test]
fn a_difference_is_found_where_it_is() {
    let mut picture = Bitmap::new(24, 17);
    picture.pixels.fill([255; PIXEL]);
    let kept = Bitmap::side_by_side([&picture.smaller(8), &picture.smaller(8)].into_iter());
    assert!(picture.smaller(8).difference(&kept, 3, 16).spots.is_empty());
    assert_eq!(Bitmap::read(&kept.png()), kept);
    picture.set(9, 16, [255, 0, 255]);
    let found = picture.smaller(8).difference(&kept, 3, 16);
    assert_eq!((found.spots, found.most), (vec![(1, 2)], 32));
    let longer = Bitmap { height: 25, pixels: vec![[255; PIXEL]; 24 * 25], width: 24 };
    assert_eq!(longer.smaller(8).difference(&kept, 0, 16).spots.len(), 3);
}
