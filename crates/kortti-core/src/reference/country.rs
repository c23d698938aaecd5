//! Countries by ISO 3166-1, and the part of the world each lies in by UN M49.

use std::fmt;

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

/// A country: one of the 249 of ISO 3166-1, or one of the two spellings that card schemes add: `QZZ` for Kosovo and
/// `ROM` for Romania, which stands beside `ROU`.
///
/// Both spellings of Romania are kept as they were written, so they are not equal; [`Country::is_same_place`] is the
/// question to ask about the world. One byte in memory, three letters everywhere else.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country(u8);

/// A part of the world that regional blocking knows. Central America and the Caribbean belong to North America.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Region {
    /// M49 area 002.
    Africa,
    /// M49 area 142, and Taiwan; Cyprus and Türkiye lie here.
    Asia,
    /// M49 area 150, and Kosovo; Russia lies here.
    Europe,
    /// M49 areas 021, 013 and 029.
    NorthAmerica,
    /// M49 area 009.
    Oceania,
    /// M49 area 005.
    SouthAmerica,
}

impl Country {
    /// Finds a country by its three capital letters.
    #[must_use]
    pub fn parse(alpha3: &str) -> Option<Self> {
        let index = COUNTRIES.binary_search_by(|row| row.alpha3.cmp(alpha3)).ok()?;
        u8::try_from(index).ok().map(Self)
    }

    /// All countries, in the order of their three letters.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..=u8::MAX).take(COUNTRIES.len()).map(Self)
    }

    /// The three capital letters, as they were parsed.
    #[must_use]
    pub fn alpha3(self) -> &'static str {
        self.row().alpha3
    }

    /// The two capital letters. Kosovo has the user-assigned `XK`.
    #[must_use]
    pub fn alpha2(self) -> &'static str {
        self.row().alpha2
    }

    /// The ISO number, which has three digits with leading zeroes when written; Kosovo has none.
    #[must_use]
    pub fn numeric(self) -> Option<u16> {
        Some(self.row().numeric).filter(|&numeric| numeric != UNASSIGNED)
    }

    /// Where in the world the country lies; Antarctica lies in none of the regions.
    #[must_use]
    pub fn region(self) -> Option<Region> {
        self.row().region
    }

    /// Whether both mean the same country, however it was spelt.
    #[must_use]
    pub fn is_same_place(self, other: Self) -> bool {
        self.alpha2() == other.alpha2()
    }

    fn row(self) -> &'static Row {
        // Only `parse` and `all` make a `Country`, and both stay inside the table.
        &COUNTRIES[usize::from(self.0)]
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.alpha3())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Country({})", self.alpha3())
    }
}

/// Written as three letters, not as an index: a country that joins the table must not change what old entries mean.
impl<C> Encode<C> for Country {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.str(self.alpha3())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Country {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let position = d.position();
        Self::parse(d.str()?).ok_or_else(|| decode::Error::message("unknown country").at(position))
    }
}

struct Row {
    alpha3: &'static str,
    alpha2: &'static str,
    numeric: u16,
    region: Option<Region>,
}

const fn row(alpha3: &'static str, alpha2: &'static str, numeric: u16, region: Option<Region>) -> Row {
    Row { alpha3, alpha2, numeric, region }
}

const UNASSIGNED: u16 = 0;

const AFRICA: Option<Region> = Some(Region::Africa);
const ASIA: Option<Region> = Some(Region::Asia);
const EUROPE: Option<Region> = Some(Region::Europe);
const NORTH_AMERICA: Option<Region> = Some(Region::NorthAmerica);
const OCEANIA: Option<Region> = Some(Region::Oceania);
const SOUTH_AMERICA: Option<Region> = Some(Region::SouthAmerica);

/// Sorted by `alpha3`, which the binary search relies on.
static COUNTRIES: [Row; 251] = [
    row("ABW", "AW", 533, NORTH_AMERICA),
    row("AFG", "AF", 4, ASIA),
    row("AGO", "AO", 24, AFRICA),
    row("AIA", "AI", 660, NORTH_AMERICA),
    row("ALA", "AX", 248, EUROPE),
    row("ALB", "AL", 8, EUROPE),
    row("AND", "AD", 20, EUROPE),
    row("ARE", "AE", 784, ASIA),
    row("ARG", "AR", 32, SOUTH_AMERICA),
    row("ARM", "AM", 51, ASIA),
    row("ASM", "AS", 16, OCEANIA),
    row("ATA", "AQ", 10, None),
    row("ATF", "TF", 260, AFRICA),
    row("ATG", "AG", 28, NORTH_AMERICA),
    row("AUS", "AU", 36, OCEANIA),
    row("AUT", "AT", 40, EUROPE),
    row("AZE", "AZ", 31, ASIA),
    row("BDI", "BI", 108, AFRICA),
    row("BEL", "BE", 56, EUROPE),
    row("BEN", "BJ", 204, AFRICA),
    row("BES", "BQ", 535, NORTH_AMERICA),
    row("BFA", "BF", 854, AFRICA),
    row("BGD", "BD", 50, ASIA),
    row("BGR", "BG", 100, EUROPE),
    row("BHR", "BH", 48, ASIA),
    row("BHS", "BS", 44, NORTH_AMERICA),
    row("BIH", "BA", 70, EUROPE),
    row("BLM", "BL", 652, NORTH_AMERICA),
    row("BLR", "BY", 112, EUROPE),
    row("BLZ", "BZ", 84, NORTH_AMERICA),
    row("BMU", "BM", 60, NORTH_AMERICA),
    row("BOL", "BO", 68, SOUTH_AMERICA),
    row("BRA", "BR", 76, SOUTH_AMERICA),
    row("BRB", "BB", 52, NORTH_AMERICA),
    row("BRN", "BN", 96, ASIA),
    row("BTN", "BT", 64, ASIA),
    row("BVT", "BV", 74, SOUTH_AMERICA),
    row("BWA", "BW", 72, AFRICA),
    row("CAF", "CF", 140, AFRICA),
    row("CAN", "CA", 124, NORTH_AMERICA),
    row("CCK", "CC", 166, OCEANIA),
    row("CHE", "CH", 756, EUROPE),
    row("CHL", "CL", 152, SOUTH_AMERICA),
    row("CHN", "CN", 156, ASIA),
    row("CIV", "CI", 384, AFRICA),
    row("CMR", "CM", 120, AFRICA),
    row("COD", "CD", 180, AFRICA),
    row("COG", "CG", 178, AFRICA),
    row("COK", "CK", 184, OCEANIA),
    row("COL", "CO", 170, SOUTH_AMERICA),
    row("COM", "KM", 174, AFRICA),
    row("CPV", "CV", 132, AFRICA),
    row("CRI", "CR", 188, NORTH_AMERICA),
    row("CUB", "CU", 192, NORTH_AMERICA),
    row("CUW", "CW", 531, NORTH_AMERICA),
    row("CXR", "CX", 162, OCEANIA),
    row("CYM", "KY", 136, NORTH_AMERICA),
    row("CYP", "CY", 196, ASIA),
    row("CZE", "CZ", 203, EUROPE),
    row("DEU", "DE", 276, EUROPE),
    row("DJI", "DJ", 262, AFRICA),
    row("DMA", "DM", 212, NORTH_AMERICA),
    row("DNK", "DK", 208, EUROPE),
    row("DOM", "DO", 214, NORTH_AMERICA),
    row("DZA", "DZ", 12, AFRICA),
    row("ECU", "EC", 218, SOUTH_AMERICA),
    row("EGY", "EG", 818, AFRICA),
    row("ERI", "ER", 232, AFRICA),
    row("ESH", "EH", 732, AFRICA),
    row("ESP", "ES", 724, EUROPE),
    row("EST", "EE", 233, EUROPE),
    row("ETH", "ET", 231, AFRICA),
    row("FIN", "FI", 246, EUROPE),
    row("FJI", "FJ", 242, OCEANIA),
    row("FLK", "FK", 238, SOUTH_AMERICA),
    row("FRA", "FR", 250, EUROPE),
    row("FRO", "FO", 234, EUROPE),
    row("FSM", "FM", 583, OCEANIA),
    row("GAB", "GA", 266, AFRICA),
    row("GBR", "GB", 826, EUROPE),
    row("GEO", "GE", 268, ASIA),
    row("GGY", "GG", 831, EUROPE),
    row("GHA", "GH", 288, AFRICA),
    row("GIB", "GI", 292, EUROPE),
    row("GIN", "GN", 324, AFRICA),
    row("GLP", "GP", 312, NORTH_AMERICA),
    row("GMB", "GM", 270, AFRICA),
    row("GNB", "GW", 624, AFRICA),
    row("GNQ", "GQ", 226, AFRICA),
    row("GRC", "GR", 300, EUROPE),
    row("GRD", "GD", 308, NORTH_AMERICA),
    row("GRL", "GL", 304, NORTH_AMERICA),
    row("GTM", "GT", 320, NORTH_AMERICA),
    row("GUF", "GF", 254, SOUTH_AMERICA),
    row("GUM", "GU", 316, OCEANIA),
    row("GUY", "GY", 328, SOUTH_AMERICA),
    row("HKG", "HK", 344, ASIA),
    row("HMD", "HM", 334, OCEANIA),
    row("HND", "HN", 340, NORTH_AMERICA),
    row("HRV", "HR", 191, EUROPE),
    row("HTI", "HT", 332, NORTH_AMERICA),
    row("HUN", "HU", 348, EUROPE),
    row("IDN", "ID", 360, ASIA),
    row("IMN", "IM", 833, EUROPE),
    row("IND", "IN", 356, ASIA),
    row("IOT", "IO", 86, AFRICA),
    row("IRL", "IE", 372, EUROPE),
    row("IRN", "IR", 364, ASIA),
    row("IRQ", "IQ", 368, ASIA),
    row("ISL", "IS", 352, EUROPE),
    row("ISR", "IL", 376, ASIA),
    row("ITA", "IT", 380, EUROPE),
    row("JAM", "JM", 388, NORTH_AMERICA),
    row("JEY", "JE", 832, EUROPE),
    row("JOR", "JO", 400, ASIA),
    row("JPN", "JP", 392, ASIA),
    row("KAZ", "KZ", 398, ASIA),
    row("KEN", "KE", 404, AFRICA),
    row("KGZ", "KG", 417, ASIA),
    row("KHM", "KH", 116, ASIA),
    row("KIR", "KI", 296, OCEANIA),
    row("KNA", "KN", 659, NORTH_AMERICA),
    row("KOR", "KR", 410, ASIA),
    row("KWT", "KW", 414, ASIA),
    row("LAO", "LA", 418, ASIA),
    row("LBN", "LB", 422, ASIA),
    row("LBR", "LR", 430, AFRICA),
    row("LBY", "LY", 434, AFRICA),
    row("LCA", "LC", 662, NORTH_AMERICA),
    row("LIE", "LI", 438, EUROPE),
    row("LKA", "LK", 144, ASIA),
    row("LSO", "LS", 426, AFRICA),
    row("LTU", "LT", 440, EUROPE),
    row("LUX", "LU", 442, EUROPE),
    row("LVA", "LV", 428, EUROPE),
    row("MAC", "MO", 446, ASIA),
    row("MAF", "MF", 663, NORTH_AMERICA),
    row("MAR", "MA", 504, AFRICA),
    row("MCO", "MC", 492, EUROPE),
    row("MDA", "MD", 498, EUROPE),
    row("MDG", "MG", 450, AFRICA),
    row("MDV", "MV", 462, ASIA),
    row("MEX", "MX", 484, NORTH_AMERICA),
    row("MHL", "MH", 584, OCEANIA),
    row("MKD", "MK", 807, EUROPE),
    row("MLI", "ML", 466, AFRICA),
    row("MLT", "MT", 470, EUROPE),
    row("MMR", "MM", 104, ASIA),
    row("MNE", "ME", 499, EUROPE),
    row("MNG", "MN", 496, ASIA),
    row("MNP", "MP", 580, OCEANIA),
    row("MOZ", "MZ", 508, AFRICA),
    row("MRT", "MR", 478, AFRICA),
    row("MSR", "MS", 500, NORTH_AMERICA),
    row("MTQ", "MQ", 474, NORTH_AMERICA),
    row("MUS", "MU", 480, AFRICA),
    row("MWI", "MW", 454, AFRICA),
    row("MYS", "MY", 458, ASIA),
    row("MYT", "YT", 175, AFRICA),
    row("NAM", "NA", 516, AFRICA),
    row("NCL", "NC", 540, OCEANIA),
    row("NER", "NE", 562, AFRICA),
    row("NFK", "NF", 574, OCEANIA),
    row("NGA", "NG", 566, AFRICA),
    row("NIC", "NI", 558, NORTH_AMERICA),
    row("NIU", "NU", 570, OCEANIA),
    row("NLD", "NL", 528, EUROPE),
    row("NOR", "NO", 578, EUROPE),
    row("NPL", "NP", 524, ASIA),
    row("NRU", "NR", 520, OCEANIA),
    row("NZL", "NZ", 554, OCEANIA),
    row("OMN", "OM", 512, ASIA),
    row("PAK", "PK", 586, ASIA),
    row("PAN", "PA", 591, NORTH_AMERICA),
    row("PCN", "PN", 612, OCEANIA),
    row("PER", "PE", 604, SOUTH_AMERICA),
    row("PHL", "PH", 608, ASIA),
    row("PLW", "PW", 585, OCEANIA),
    row("PNG", "PG", 598, OCEANIA),
    row("POL", "PL", 616, EUROPE),
    row("PRI", "PR", 630, NORTH_AMERICA),
    row("PRK", "KP", 408, ASIA),
    row("PRT", "PT", 620, EUROPE),
    row("PRY", "PY", 600, SOUTH_AMERICA),
    row("PSE", "PS", 275, ASIA),
    row("PYF", "PF", 258, OCEANIA),
    row("QAT", "QA", 634, ASIA),
    row("QZZ", "XK", UNASSIGNED, EUROPE),
    row("REU", "RE", 638, AFRICA),
    row("ROM", "RO", 642, EUROPE),
    row("ROU", "RO", 642, EUROPE),
    row("RUS", "RU", 643, EUROPE),
    row("RWA", "RW", 646, AFRICA),
    row("SAU", "SA", 682, ASIA),
    row("SDN", "SD", 729, AFRICA),
    row("SEN", "SN", 686, AFRICA),
    row("SGP", "SG", 702, ASIA),
    row("SGS", "GS", 239, SOUTH_AMERICA),
    row("SHN", "SH", 654, AFRICA),
    row("SJM", "SJ", 744, EUROPE),
    row("SLB", "SB", 90, OCEANIA),
    row("SLE", "SL", 694, AFRICA),
    row("SLV", "SV", 222, NORTH_AMERICA),
    row("SMR", "SM", 674, EUROPE),
    row("SOM", "SO", 706, AFRICA),
    row("SPM", "PM", 666, NORTH_AMERICA),
    row("SRB", "RS", 688, EUROPE),
    row("SSD", "SS", 728, AFRICA),
    row("STP", "ST", 678, AFRICA),
    row("SUR", "SR", 740, SOUTH_AMERICA),
    row("SVK", "SK", 703, EUROPE),
    row("SVN", "SI", 705, EUROPE),
    row("SWE", "SE", 752, EUROPE),
    row("SWZ", "SZ", 748, AFRICA),
    row("SXM", "SX", 534, NORTH_AMERICA),
    row("SYC", "SC", 690, AFRICA),
    row("SYR", "SY", 760, ASIA),
    row("TCA", "TC", 796, NORTH_AMERICA),
    row("TCD", "TD", 148, AFRICA),
    row("TGO", "TG", 768, AFRICA),
    row("THA", "TH", 764, ASIA),
    row("TJK", "TJ", 762, ASIA),
    row("TKL", "TK", 772, OCEANIA),
    row("TKM", "TM", 795, ASIA),
    row("TLS", "TL", 626, ASIA),
    row("TON", "TO", 776, OCEANIA),
    row("TTO", "TT", 780, NORTH_AMERICA),
    row("TUN", "TN", 788, AFRICA),
    row("TUR", "TR", 792, ASIA),
    row("TUV", "TV", 798, OCEANIA),
    row("TWN", "TW", 158, ASIA),
    row("TZA", "TZ", 834, AFRICA),
    row("UGA", "UG", 800, AFRICA),
    row("UKR", "UA", 804, EUROPE),
    row("UMI", "UM", 581, OCEANIA),
    row("URY", "UY", 858, SOUTH_AMERICA),
    row("USA", "US", 840, NORTH_AMERICA),
    row("UZB", "UZ", 860, ASIA),
    row("VAT", "VA", 336, EUROPE),
    row("VCT", "VC", 670, NORTH_AMERICA),
    row("VEN", "VE", 862, SOUTH_AMERICA),
    row("VGB", "VG", 92, NORTH_AMERICA),
    row("VIR", "VI", 850, NORTH_AMERICA),
    row("VNM", "VN", 704, ASIA),
    row("VUT", "VU", 548, OCEANIA),
    row("WLF", "WF", 876, OCEANIA),
    row("WSM", "WS", 882, OCEANIA),
    row("YEM", "YE", 887, ASIA),
    row("ZAF", "ZA", 710, AFRICA),
    row("ZMB", "ZM", 894, AFRICA),
    row("ZWE", "ZW", 716, AFRICA),
];

#[cfg(test)]
mod tests;
