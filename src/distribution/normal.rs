//! The standard normal distribution in `libm` arithmetic, bit-equal on every platform.

/// Wichura's PPND16 (algorithm AS 241, Applied Statistics 37 (1988), 477-484): relative error about 1e-16.
/// Each pair is a numerator and a denominator, constant term first.
#[expect(clippy::excessive_precision, reason = "the digits as published")]
mod coefficients {
    pub(super) const CENTRE: [[f64; 8]; 2] = [
        [
            3.387_132_872_796_366_608_0,
            1.331_416_678_917_843_774_5e2,
            1.971_590_950_306_551_442_7e3,
            1.373_169_376_550_946_112_5e4,
            4.592_195_393_154_987_145_7e4,
            6.726_577_092_700_870_085_3e4,
            3.343_057_558_358_812_810_5e4,
            2.509_080_928_730_122_672_7e3,
        ],
        [
            1.0,
            4.231_333_070_160_091_125_2e1,
            6.871_870_074_920_579_083_0e2,
            5.394_196_021_424_751_107_7e3,
            2.121_379_430_158_659_586_7e4,
            3.930_789_580_009_271_061_0e4,
            2.872_908_573_572_194_267_4e4,
            5.226_495_278_852_854_561_0e3,
        ],
    ];
    pub(super) const MIDDLE: [[f64; 8]; 2] = [
        [
            1.423_437_110_749_683_577_34,
            4.630_337_846_156_545_295_90,
            5.769_497_221_460_691_405_50,
            3.647_848_324_763_204_605_04,
            1.270_458_252_452_368_382_58,
            2.417_807_251_774_506_117_70e-1,
            2.272_384_498_926_918_458_33e-2,
            7.745_450_142_783_414_076_40e-4,
        ],
        [
            1.0,
            2.053_191_626_637_758_821_87,
            1.676_384_830_183_803_849_40,
            6.897_673_349_851_000_045_50e-1,
            1.481_039_764_274_800_745_90e-1,
            1.519_866_656_361_645_719_66e-2,
            5.475_938_084_995_344_946_00e-4,
            1.050_750_071_644_416_843_24e-9,
        ],
    ];
    pub(super) const TAIL: [[f64; 8]; 2] = [
        [
            6.657_904_643_501_103_777_20,
            5.463_784_911_164_114_369_90,
            1.784_826_539_917_291_335_80,
            2.965_605_718_285_048_912_30e-1,
            2.653_218_952_657_612_309_30e-2,
            1.242_660_947_388_078_438_60e-3,
            2.711_555_568_743_487_578_15e-5,
            2.010_334_399_292_288_132_65e-7,
        ],
        [
            1.0,
            5.998_322_065_558_879_376_90e-1,
            1.369_298_809_227_358_053_10e-1,
            1.487_536_129_085_061_485_25e-2,
            7.868_691_311_456_132_591_00e-4,
            1.846_318_317_510_054_681_80e-5,
            1.421_511_758_316_445_888_70e-7,
            2.044_263_103_389_939_785_64e-15,
        ],
    ];
}

fn ratio([numerator, denominator]: &[[f64; 8]; 2], x: f64) -> f64 {
    let polynomial = |terms: &[f64; 8]| terms.iter().rev().fold(0.0, |sum, term| sum * x + term);
    polynomial(numerator) / polynomial(denominator)
}

/// The value below which a share `u` in (0, 1) of the standard normal distribution lies.
pub(crate) fn quantile(u: f64) -> f64 {
    let centred = u - 0.5;
    if centred.abs() <= 0.425 {
        return centred * ratio(&coefficients::CENTRE, 0.180_625 - centred * centred);
    }
    let tail = if centred < 0.0 { u } else { 1.0 - u };
    let r = libm::sqrt(-libm::log(tail));
    let z = if r <= 5.0 { ratio(&coefficients::MIDDLE, r - 1.6) } else { ratio(&coefficients::TAIL, r - 5.0) };
    if centred < 0.0 { -z } else { z }
}

/// The share of the standard normal distribution at or below `z`.
pub(crate) fn cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2)
}

/// The standard normal density at `z`.
pub(crate) fn density(z: f64) -> f64 {
    libm::exp(-0.5 * z * z) / libm::sqrt(std::f64::consts::TAU)
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{ContinuousCDF, Normal};

    #[test]
    fn agrees_with_statrs_over_the_whole_range() {
        let reference = Normal::new(0.0, 1.0).expect("standard normal");
        let shares = (1..2000).map(|i| f64::from(i) / 2000.0).chain((4..300).map(|i| libm::pow(10.0, -f64::from(i))));
        for u in shares {
            let (ours, theirs) = (quantile(u), reference.inverse_cdf(u));
            assert!((ours - theirs).abs() <= 1e-14 * theirs.abs().max(0.01), "{u}: {ours} and {theirs}");
        }
    }

    #[test]
    fn known_values() {
        assert_eq!(quantile(0.5), 0.0);
        assert_eq!(quantile(0.975), 1.959_963_984_540_053_6);
        assert_eq!(quantile(1e-6), -4.753_424_308_822_899);
        assert_eq!(quantile(1e-9), -5.997_807_015_007_686_5);
        assert_eq!(quantile(1e-20), -9.262_340_089_798_405);
        assert_eq!(quantile(0.1), -quantile(0.9));
    }

    #[test]
    fn cdf_undoes_quantile() {
        for u in [1e-12, 0.001, 0.075, 0.3, 0.5, 0.925, 0.999_9] {
            assert!((cdf(quantile(u)) / u - 1.0).abs() < 1e-13, "{u}");
        }
    }
}
