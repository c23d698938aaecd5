use super::script::run;

#[test]
fn ecommerce_block_stops_what_is_online_and_nothing_else() {
    run(r"
# ecommerce
block ECOMM
at 2026-03-16T10:00:00Z auth RETAIL ECOMMERCE 1 -> declined ECOMMERCE_BLOCKED
at 10:00 auth RETAIL ECOMMERCE 0 -> declined ECOMMERCE_BLOCKED
at 10:00 auth CREDIT ECOMMERCE 1 -> declined ECOMMERCE_BLOCKED
at 10:00 auth RETAIL MANUAL 1 -> approved
at 10:00 auth RETAIL UNKNOWN 1 -> approved
at 10:00 auth RETAIL CHIP 1 -> approved
");
}

#[test]
fn region_block_stops_only_a_card_that_is_present() {
    run(r"
# present
block EUROPE
at 2026-03-16T10:00:00Z auth RETAIL CHIP 1 SWE -> declined REGION_BLOCKED
at 10:00 auth RETAIL CONTACTLESS 1 SWE -> declined REGION_BLOCKED
at 10:00 auth ATM MAGNETIC_STRIPE 1 SWE -> declined REGION_BLOCKED
at 10:00 auth BALANCE_INQUIRY CHIP 0 SWE -> declined REGION_BLOCKED
at 10:00 auth RETAIL ECOMMERCE 1 SWE -> approved
at 10:00 auth RETAIL MANUAL 1 SWE -> approved
at 10:00 auth RETAIL UNKNOWN 1 SWE -> approved
");
}

#[test]
fn at_home_only_the_home_block_decides() {
    run(r"
# abroad only
block HOME
at 2026-03-16T10:00:00Z auth RETAIL CHIP 1 FIN -> declined REGION_BLOCKED
at 10:00 auth RETAIL CHIP 1 SWE -> approved
at 10:00 auth RETAIL ECOMMERCE 1 FIN -> approved

# at home only
block AFRICA
block ASIA
block EUROPE
block NORTHAMERICA
block OCEANIA
block SOUTHAMERICA
at 2026-03-16T10:00:00Z auth RETAIL CHIP 1 FIN -> approved
at 10:00 auth RETAIL CHIP 1 SWE -> declined REGION_BLOCKED
at 10:00 auth RETAIL CHIP 1 ALA -> declined REGION_BLOCKED
at 10:00 auth RETAIL CHIP 1 USA -> declined REGION_BLOCKED

# Kosovo, in either of its spellings
block EUROPE
at 2026-03-16T10:00:00Z auth RETAIL CHIP 1 QZZ -> declined REGION_BLOCKED
at 10:00 auth RETAIL CHIP 1 XKX -> declined REGION_BLOCKED

# on a list it is the same place
countries block=QZZ
at 2026-03-16T10:00:00Z auth RETAIL ECOMMERCE 1 XKX -> declined COUNTRY_NOT_ALLOWED

# home is the programme's country, in either of its spellings
home ROU
block HOME
at 2026-03-16T10:00:00Z auth RETAIL CHIP 1 ROM -> declined REGION_BLOCKED
at 10:00 auth RETAIL CHIP 1 ROU -> declined REGION_BLOCKED
at 10:00 auth RETAIL CHIP 1 FIN -> approved
");
}

#[test]
fn continents_are_those_of_the_united_nations() {
    run(r"
# Asia
block ASIA
at 2026-03-16T10:00:00Z auth RETAIL CHIP 1 TUR -> declined REGION_BLOCKED
at 10:00 auth RETAIL CHIP 1 CYP -> declined REGION_BLOCKED
at 10:00 auth RETAIL CHIP 1 TWN -> declined REGION_BLOCKED
at 10:00 auth RETAIL CHIP 1 GEO -> declined REGION_BLOCKED
at 10:00 auth RETAIL CHIP 1 RUS -> approved
at 10:00 auth RETAIL CHIP 1 EGY -> approved

# Europe
block EUROPE
at 2026-03-16T10:00:00Z auth RETAIL CHIP 1 RUS -> declined REGION_BLOCKED
at 10:00 auth RETAIL CHIP 1 QZZ -> declined REGION_BLOCKED
at 10:00 auth RETAIL CHIP 1 TUR -> approved
at 10:00 auth RETAIL CHIP 1 CYP -> approved

# North America reaches to Panama and over the Caribbean
block NORTHAMERICA
at 2026-03-16T10:00:00Z auth RETAIL CHIP 1 MEX -> declined REGION_BLOCKED
at 10:00 auth RETAIL CHIP 1 PAN -> declined REGION_BLOCKED
at 10:00 auth RETAIL CHIP 1 CUB -> declined REGION_BLOCKED
at 10:00 auth RETAIL CHIP 1 COL -> approved

# Africa, Oceania and South America
block AFRICA
block OCEANIA
block SOUTHAMERICA
at 2026-03-16T10:00:00Z auth RETAIL CHIP 1 EGY -> declined REGION_BLOCKED
at 10:00 auth RETAIL CHIP 1 NZL -> declined REGION_BLOCKED
at 10:00 auth RETAIL CHIP 1 BRA -> declined REGION_BLOCKED
at 10:00 auth RETAIL CHIP 1 FIN -> approved

# neither Antarctica nor what is no country is blocked
block AFRICA
block ASIA
block EUROPE
block HOME
block NORTHAMERICA
block OCEANIA
block SOUTHAMERICA
at 2026-03-16T10:00:00Z auth RETAIL CHIP 1 ATA -> approved
at 10:00 auth RETAIL CHIP 1 ZZZ -> approved
");
}
