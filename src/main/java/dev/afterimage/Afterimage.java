package dev.afterimage;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** The service's entry point. */
@SpringBootApplication
public class Afterimage {

    static void main(String[] args) {
        SpringApplication.run(Afterimage.class, args);
    }
}
