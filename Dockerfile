# An image of the jar, for who builds it with Docker: ./mvnw package, then docker build -t afterimage . Releases have one that Jib makes,
# with the Java and the files of the packages: packaging/README.md.
# BASE is any image with sh and a Java runtime 25 or newer on its PATH; a site without a registry gives its own.
ARG BASE=eclipse-temurin:25-jre

# Unpacked, the libraries are a layer that changes only when a version does, and the service starts faster.
FROM ${BASE} AS unpacked
WORKDIR /unpacked
COPY target/afterimage.jar afterimage.jar
RUN java -Djarmode=tools -jar afterimage.jar extract --layers --destination . --force
# What Java learns of the service by one start, in the directory that it will be in, so that later starts have half the work. It is good for
# exactly this Java and these files; where it fails, or does not fit, the service starts all the same.
WORKDIR /app
RUN cp -a /unpacked/dependencies/. /unpacked/spring-boot-loader/. /unpacked/snapshot-dependencies/. /unpacked/application/. . && mkdir /aot && \
    { LC_ALL=C.UTF-8 java -XX:AOTCacheOutput=/aot/afterimage.aot -Xlog:aot=error -Xmx256m -Dspring.context.exit=onRefresh -jar /app/afterimage.jar \
        --afterimage.home=/tmp/home --afterimage.databases.roots=/tmp || echo "no cache of classes was made"; }

FROM ${BASE}
# Numbers only: nothing of the base's user tools is needed. Files that this user creates carry these ids.
ARG USER_ID=10001
# A new volume takes over owner and mode. Whoever the container runs as (--user) can make the home in /data; the home itself is 0700.
RUN mkdir -p /data /databases && chown ${USER_ID}:${USER_ID} /databases && chmod 1777 /data
WORKDIR /app
COPY --from=unpacked /unpacked/dependencies/ ./
COPY --from=unpacked /unpacked/spring-boot-loader/ ./
COPY --from=unpacked /unpacked/snapshot-dependencies/ ./
COPY --from=unpacked /unpacked/application/ ./
COPY --from=unpacked /aot/ ./

# The node's name is only shown; a container's host name would be another one whenever it is made anew. The locale tells the JVM that
# names of files are UTF-8.
ENV LC_ALL=C.UTF-8 \
    MALLOC_ARENA_MAX=2 \
    AFTERIMAGE_HOME=/data/home \
    AFTERIMAGE_NODE=afterimage \
    AFTERIMAGE_DATABASES_ROOTS=/databases \
    SERVER_ADDRESS=0.0.0.0 \
    SERVER_PORT=8080
USER ${USER_ID}:${USER_ID}
WORKDIR /data
VOLUME /data
EXPOSE 8080

# By a JVM, which each base has: it asks plainly or by TLS. The options of the service's JVM, such as a debugger's port, are not for it.
HEALTHCHECK --interval=15s --timeout=10s --start-period=60s --retries=3 \
    CMD ["env", "-u", "JAVA_TOOL_OPTIONS", "-u", "JDK_JAVA_OPTIONS", "java", "-Xmx16m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", \
         "-cp", "/app/afterimage.jar", "dev.afterimage.HealthCheck"]

# exec form: the JVM is process 1 and gets the SIGTERM of docker stop. The heap is a share of the container's memory, of --memory where
# that is given; JAVA_TOOL_OPTIONS=-Xmx… overrides it.
ENTRYPOINT ["java", "-XX:AOTCache=/app/afterimage.aot", "-XX:MaxRAMPercentage=40", "-XX:+ExitOnOutOfMemoryError", "-jar", "/app/afterimage.jar"]
