package dev.afterimage.content;

import java.math.BigDecimal;

/**
 * Writes a double so that every SQLite reads back the same bits. SQLite has converted decimals in several ways, none of them
 * correctly rounded in all cases: up to 3.41 with the C compiler's {@code long double}, of 64 bits or 53, later with pairs of
 * doubles. So a decimal is written only where each of them must come to the same double, and a fraction of whole numbers
 * otherwise, which all of them compute without rounding.
 */
final class RealLiteral {

    /** So many digits are a whole number below 2^53, which a double holds exactly. */
    private static final int EXACT_DIGITS = 15;

    /** Powers of ten up to this one are exact doubles. */
    private static final int EXACT_POWER_OF_TEN = 22;

    /**
     * A double's neighbours meet at a number of at most 54 bits, from which a decimal with so few decimals is either 2^-64 away,
     * relatively, or not at all: 5^4 is less than 2^10.
     */
    private static final int FEW_DECIMALS = 4;

    /** How near, relatively, a conversion comes that has only 53 bits for its factors but 64 for their quotient. */
    private static final BigDecimal WORST_ERROR = new BigDecimal(Math.scalb(1.0, -60));

    private static final int STEP = 50;
    private static final String TWO_TO_THE_STEP = "1125899906842624.0";
    private static final long MANTISSA_BITS = 52;
    private static final double LARGEST_WHOLE = 0x1p53;

    /** @param value not NaN, which SQLite does not store */
    static String of(double value) {
        if (Double.isInfinite(value)) {
            return value > 0 ? "9e999" : "-9e999";
        }
        if (value == 0) {
            return 1 / value > 0 ? "0.0" : "-0.0";
        }
        if (Math.abs(value) < LARGEST_WHOLE && value == Math.rint(value)) {
            return (long) value + ".0";
        }
        var decimal = new BigDecimal(Double.toString(value));
        return isReadAlikeByAll(decimal, value) ? text(decimal) : fraction(value);
    }

    private static boolean isReadAlikeByAll(BigDecimal decimal, double value) {
        if (decimal.precision() > EXACT_DIGITS || Math.abs(decimal.scale()) > EXACT_POWER_OF_TEN) {
            return false;
        }
        if (decimal.scale() >= 0 && decimal.scale() <= FEW_DECIMALS) {
            return true;
        }
        var halfAStep = new BigDecimal(Math.ulp(Math.nextDown(Math.abs(value)))).divide(BigDecimal.TWO);
        var away = decimal.subtract(new BigDecimal(value)).abs();
        return halfAStep.subtract(away).compareTo(decimal.abs().multiply(WORST_ERROR)) > 0;
    }

    private static String text(BigDecimal decimal) {
        return decimal.scale() > 0 ? decimal.toPlainString() : decimal.unscaledValue() + ".0E" + -decimal.scale();
    }

    /** A whole number, multiplied or divided by powers of two: each step is exact, the last one included. */
    private static String fraction(double value) {
        int exponent = Math.getExponent(value);
        long bits = Double.doubleToRawLongBits(Math.abs(value));
        boolean subnormal = exponent < Double.MIN_EXPONENT;
        long mantissa = bits & ((1L << MANTISSA_BITS) - 1) | (subnormal ? 0 : 1L << MANTISSA_BITS);
        int power = (subnormal ? Double.MIN_EXPONENT : exponent) - (int) MANTISSA_BITS;
        int zeros = Long.numberOfTrailingZeros(mantissa);
        mantissa >>= zeros;
        power += zeros;
        var sql = new StringBuilder(value < 0 ? "-" : "").append(mantissa);
        var sign = power < 0 ? '/' : '*';
        for (int left = Math.abs(power); left > 0; left -= STEP) {
            sql.append(sign).append(left >= STEP ? TWO_TO_THE_STEP : (1L << left) + ".0");
        }
        return sql.toString();
    }

    private RealLiteral() {}
}
