package dev.afterimage.content;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RealLiteralTests {

    @ParameterizedTest
    @CsvSource({
        "0.0, 0.0",
        "-0.0, -0.0",
        "5, 5.0",
        "-9007199254740991, -9007199254740991.0",
        "9007199254740992, 1*1125899906842624.0*8.0",
        "19.99, 19.99",
        "-1234567890.1234, -1234567890.1234",
        "52.520008, 52.520008",
        "1e22, 10.0E21",
        "1e23, 2980232238769531*33554432.0",
        "0.1, 0.1",
        "1e-5, 0.000010",
        "Infinity, 9e999",
        "-Infinity, -9e999"
    })
    void ofWritesADecimalWhereAllReadItAlike(double value, String literal) {
        assertThat(RealLiteral.of(value)).isEqualTo(literal);
    }

    @ParameterizedTest
    @CsvSource({
        "0.30000000000000004, 1351079888211149/4503599627370496.0",
        "-0.3333333333333333, -6004799503160661/1125899906842624.0/16.0"
    })
    void ofOtherwiseWritesAFraction(double value, String literal) {
        assertThat(RealLiteral.of(value)).isNotEqualTo(Double.toString(value)).contains("/1125899906842624.0");
    }
}
